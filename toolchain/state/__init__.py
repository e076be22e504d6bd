"""Reads, checks, guards and repairs the states of stacks."""
