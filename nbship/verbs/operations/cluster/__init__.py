"""A rehearsal on a worker of a cluster: what is sent, what runs there, what comes back."""
