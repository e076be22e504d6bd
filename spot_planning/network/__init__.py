"""Planning: the network."""
