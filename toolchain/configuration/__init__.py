"""Reads and writes the stacks' configuration files."""
