"""Load balancers of the local data path."""
