"""The edges: one room for each thing outside. They say their side effects and decide nothing."""
