"""Planning: database, cache and their backups."""
