"""What is told of a workspace and its runs: status, the list of runs, one run, two compared."""
