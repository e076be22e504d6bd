"""The process of the load balancers."""

from toolchain.datapath.balancer.part import Balancers
from toolchain.datapath.member import run

if __name__ == "__main__":
    run("balancer", lambda surroundings: (Balancers(surroundings),))
