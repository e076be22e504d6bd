"""Walks of random edits: a stack goes from settings to settings, and preview and up must agree at every step."""
