"""Runs the load balancers of Elastic Load Balancing with HAProxy.

Each load balancer has its own HAProxy process. This package runs the health checks with the settings of the target
group, and sends HAProxy commands that add and remove targets. It also reports the health to the emulator, for
DescribeTargetHealth. On a machine without HAProxy, this package forwards the connections of a Network Load Balancer
itself.

Not implemented, or different from AWS:

- TLS, UDP and HTTPS listeners: the emulator's certificates have no keys. A machine without HAProxy gets no Application
  Load Balancer.
- Client addresses: a target sees 127.0.0.1, whatever the values of preserve_client_ip and proxy protocol are.
- Zones: a load balancer has one address here, so cross-zone balancing is always on.
- A Network Load Balancer's flow hash: each new connection gets a random target; with stickiness, a target by source.
- Targets that are instances, functions or load balancers. Attributes that `attributes.py` lists, such as slow start.
- Weighted target groups, authentication, and conditions other than path and host: a rule that needs them is logged and
  left out.
- Security groups between clients and a load balancer; the rules between a load balancer and its targets are applied.
- The state unhealthy.draining, and CloudWatch's metrics of load balancers.
"""
