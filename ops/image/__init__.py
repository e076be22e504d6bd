"""Images of the service: where one comes from, what is in it, and how it is built."""
