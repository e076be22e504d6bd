"""Components: the API."""
