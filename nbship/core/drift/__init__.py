"""The drift of a kernel: what its version on the service has and the source has not, and back."""
