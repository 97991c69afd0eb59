"""The pure core: text to data to text. No file, clock, network, process, environment or print."""
