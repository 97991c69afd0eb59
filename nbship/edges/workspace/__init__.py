"""The files of a workspace: sources, artifacts, pairs, the journal, results of rehearsals."""
