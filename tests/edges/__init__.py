"""The edges, each against the thing that it is the edge to."""
