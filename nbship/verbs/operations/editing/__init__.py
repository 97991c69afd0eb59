"""The kernel that an editor starts, in the world of a rehearsal."""
