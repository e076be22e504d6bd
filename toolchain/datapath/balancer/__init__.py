"""The load balancers of Elastic Load Balancing, played by HAProxy.

A HAProxy runs for each load balancer. Targets are checked here, as their group says, and told to HAProxy by command;
what is known of them is told to the emulator, so that DescribeTargetHealth tells it. On a machine without HAProxy this
package passes the connections of a Network Load Balancer on by itself.

Not played, and why:

- TLS, UDP and HTTPS listeners: the emulator's certificates have no keys. A machine without HAProxy gets no Application
  Load Balancer.
- Client addresses: a target sees 127.0.0.1, whatever preserve_client_ip or proxy protocol say.
- Zones: a load balancer is one address here, so that cross-zone balancing is always on.
- A Network Load Balancer's flow hash is a random choice for each new connection; with stickiness, one by source.
- Targets that are instances, functions or load balancers; slow start; cookies of an Application Load Balancer.
- Splits of traffic by weight, authentication, and conditions but path and host: a rule that needs one is named and left
  out.
- Security groups of who connects to a load balancer; those between it and its targets hold.
- The state unhealthy.draining, and CloudWatch's metrics of load balancers.
"""
