"""Random walks: each step edits a stack's settings, and preview and up must agree about it."""
