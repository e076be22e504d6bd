"""Holds recorded requests against AWS's own models, and against a table of what only AWS's pages constrain."""
