"""Through the front door: real doit, real git, real kernels, the real local Kaggle."""
