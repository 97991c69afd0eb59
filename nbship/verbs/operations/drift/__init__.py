"""The comparison of a source with its kernel on the service, for the verbs about drift."""
