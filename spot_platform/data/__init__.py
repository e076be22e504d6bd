"""Components: database, cache and their backups."""
