"""The adoption of notebooks that another workflow made: what is found, and what becomes of it."""
