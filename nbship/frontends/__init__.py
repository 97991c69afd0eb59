"""The frontends: the list of verbs, the console, the doit adapter, the connection to a target."""
