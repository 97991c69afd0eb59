"""What a workspace keeps on disk: sources, artifacts, pairs, the journal, smoke results."""
