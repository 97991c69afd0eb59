"""The sessions of the local Kaggle: queue, runner, log and outputs."""
