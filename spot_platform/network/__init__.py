"""Components: the network."""
