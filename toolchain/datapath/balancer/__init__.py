"""Runs the load balancers of Elastic Load Balancing, with HAProxy or without it.

If HAProxy is installed, each load balancer has its own HAProxy process. Without it, this package forwards connections
of a Network Load Balancer and the requests of an Application Load Balancer itself. It runs the health checks with the
settings of the target group, and tells HAProxy or its own proxy which targets get connections. It also reports the
health to the emulator, for DescribeTargetHealth.

Without cross-zone load balancing each zone that has targets gets the same share of the connections: the targets have
weights. The zone of a target is that of its network interface.

An Application Load Balancer without HAProxy (`application.py`):

- speaks HTTP/1.1 and HTTP/1.0 with h11, and passes WebSockets on; other protocols to switch to are left out.
- passes bodies on in parts, and 1xx responses; trailers are left out.
- answers with the statuses of "Troubleshoot your Application Load Balancers": 400, 405, 408, 414, and 501 to 505. It
  refuses every request with Content-Length and Transfer-Encoding, as the strictest desync mitigation mode does.
- opens a new connection to the target for each request.

Not implemented, or different from AWS:

- TLS, UDP and HTTPS listeners: the emulator's certificates have no keys.
- Client addresses: a target sees 127.0.0.1, whatever the value of preserve_client_ip is. A header of proxy protocol has
  the client's address on this machine, without the extensions of AWS; HTTPS health checks have no header.
- A load balancer has one address, and so gives every client the targets of all zones.
- With HAProxy a request with Content-Length and Transfer-Encoding is passed on with the latter only, and the limits of
  a request's head are HAProxy's.
- A Network Load Balancer's flow hash: each new connection gets a random target; with stickiness, a target by source.
- Targets that are instances, functions or load balancers. Attributes that `attributes.py` lists, such as slow start.
- Weighted target groups, authentication, and conditions other than path and host: a rule that needs them is logged and
  left out.
- Security groups between clients and a load balancer; the rules between a load balancer and its targets are applied.
- The state unhealthy.draining, and CloudWatch's metrics of load balancers.
"""
