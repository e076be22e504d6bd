"""Planning: keys and secrets."""
