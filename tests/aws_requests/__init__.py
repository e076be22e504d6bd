"""Checks recorded requests against AWS's own models, and against a table of constraints that only AWS's pages state."""
