"""What only a terminal gets: the live line."""
