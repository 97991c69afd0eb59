"""Programs that nbship starts, and their supervision."""
