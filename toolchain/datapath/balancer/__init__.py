"""The load balancers of Elastic Load Balancing, played by HAProxy."""
