"""Runs the project's policy pack beside the engine, and reads what the engine does not report of it."""
