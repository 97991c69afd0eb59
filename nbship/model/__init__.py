"""The data that the rooms hand to each other: frozen, without behaviour beyond a small view."""
