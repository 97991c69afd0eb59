"""The embedded Kaggle, driven by the stock client and by hand."""
