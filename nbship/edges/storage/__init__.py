"""Files, locks and caches on this machine's disk."""
