"""A run on Kaggle: its log, its outputs, and what to do next while it goes on."""
