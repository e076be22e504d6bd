"""Runs the Pulumi engine anywhere: command line, driver, offline AWS provider and emulator."""
