"""Long sweeps over generated inputs, each with a documented command; the tests run a sample."""
