"""The local data path: programs that answer requests on this machine for the resources in the emulator.

The emulator is AWS's control plane here; this package is its data plane. Every part reads its configuration from the
emulator through boto3, and reads nothing from the Pulumi program's settings: a mistake in the Pulumi program is then
visible as a failing page.

Each subpackage has its own process; ``python -m toolchain.datapath`` runs them all.

- ``stores``: PostgreSQL and Redis for the databases and caches
- ``tasks``: Amazon ECS's services and tasks; the tasks run as processes
- ``balancer``: the load balancers, with HAProxy or in Python
- ``edge``: the services that viewers connect to: Amazon CloudFront, Amazon API Gateway, AWS WAF and Amazon S3
"""
