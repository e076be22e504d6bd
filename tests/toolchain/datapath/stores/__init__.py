"""PostgreSQL and Redis of the local data path."""
