"""A Dask cluster that rehearses notebooks, and what is sent there."""
