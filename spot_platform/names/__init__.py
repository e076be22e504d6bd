"""Components: DNS names and certificates."""
