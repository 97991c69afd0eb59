"""Support for several tests: doubles of the console and the clock, servers, workspaces."""
