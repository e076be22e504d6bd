"""The local data path: what answers requests on this machine, made from what the emulator holds.

The emulator is AWS's control plane here; this package is its data plane. Every part reads what it does from the
emulator through boto3, and nothing from the program's settings: a mistake of the program shows as a failing page.

Each of its packages has a process of its own; ``python -m toolchain.datapath`` runs them all.

- ``stores``: PostgreSQL and Redis for the databases and caches
- ``tasks``: what Amazon ECS does with services and tasks, as processes
- ``balancer``: the load balancers, with HAProxy
- ``edge``: what viewers reach: Amazon CloudFront, Amazon API Gateway, AWS WAF and Amazon S3
"""
