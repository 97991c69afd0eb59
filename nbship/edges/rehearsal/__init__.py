"""What a rehearsal needs on this machine: Kaggle's folders, papermill, R, kernels, packages."""
