"""Planning: the API."""
