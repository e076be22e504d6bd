"""The process of the databases and caches."""

from toolchain.datapath.member import run
from toolchain.datapath.stores.part import Stores

if __name__ == "__main__":
    run("stores", lambda surroundings: (Stores(surroundings),))
