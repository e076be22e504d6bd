"""Planning: DNS names and certificates."""
