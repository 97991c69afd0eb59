"""The .ipynb: its one reader, the text that Jupyter would write, and what git keeps of it."""
