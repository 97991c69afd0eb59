"""The verbs: one module for each word that a user types, and no other module."""
