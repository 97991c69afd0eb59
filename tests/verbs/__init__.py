"""The verbs, called as the glue calls them, where a task cannot lead to the case."""
