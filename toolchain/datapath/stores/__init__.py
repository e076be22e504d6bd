"""Runs PostgreSQL and Redis in place of Amazon RDS and Amazon ElastiCache.

Each DB instance and cache in the emulator has a server, behind a listener with TLS. The server accepts the password in
the instance's secret, or the cache's tokens, and follows their changes. Its data stays until the instance or the stack
is deleted.

Not implemented, or different from AWS:

- IAM database authentication: the role rds_iam exists, but tokens are refused, because this PostgreSQL has no
  authentication method that could verify AWS's signature.
- Versions: PostgreSQL is always version 16, because the package has no other.
- Extensions except vector, and libraries of shared_preload_libraries such as pg_stat_statements: the build lacks them.
  Every database has vector from its start, because here only a superuser may make the extension.
- Aurora, MySQL, snapshots and point-in-time recovery: there is no server for them; a restored instance is empty.
- A replica is the same server with sessions that begin read-only: it never lags, and cannot be promoted.
- Memcached, cluster mode, serverless caches, and users and user groups of ElastiCache. Redis 6.2, or the Redis on PATH,
  runs in place of Valkey. A killed cache loses its data, as a node without replicas does.
- Parameters of a parameter group, except those in ``plan.py``; they are read when a server starts.
"""
