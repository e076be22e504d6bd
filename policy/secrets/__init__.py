"""Finds secrets that stand in clear in the inputs of resources."""
