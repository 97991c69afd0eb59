"""A rehearsal on this machine: Kaggle's folders, papermill, R, kernels and packages."""
