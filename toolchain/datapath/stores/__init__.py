"""PostgreSQL and Redis in place of Amazon RDS and Amazon ElastiCache.

A server runs for each DB instance and cache of the emulator, behind a listener that speaks TLS. It takes the password
of its secret, or its tokens, and follows them. Its data stays until the instance or the stack is deleted.

Not played, and why:

- IAM database authentication: the role rds_iam is there, but no token logs in; this PostgreSQL has no method that could
  ask AWS's signature. The data path's PostgreSQL is 16 whatever version the instance has: the package has no other.
- Extensions but vector, and libraries of shared_preload_libraries such as pg_stat_statements: the build lacks them.
  vector is in every database from its start, since here only a superuser may make it.
- Aurora, MySQL, snapshots and point-in-time recovery: there is no server for them; a restored instance is empty.
- A replica is the same server with sessions that begin read-only: it lags never, and cannot be promoted.
- Memcached, cluster mode, serverless caches, and users and user groups of ElastiCache. Redis 6.2 runs, or the one on
  PATH, in place of Valkey. A killed cache loses its data, as a node without replicas does.
- Parameters of a parameter group but those in ``plan.py``; they are read when a server starts.
"""
