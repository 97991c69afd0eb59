"""What several tests need: doubles of the console and the clock, servers, workspaces."""
