"""The steps of a push: its facts, its plan and the transmission."""
