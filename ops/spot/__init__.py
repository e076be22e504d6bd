"""`python -m ops spot`: the mix of Spot and on-demand tasks, and drills of reclaims."""
