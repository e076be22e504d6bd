"""PostgreSQL and Redis in place of Amazon RDS and Amazon ElastiCache."""
