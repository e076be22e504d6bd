"""Components: keys and secrets."""
