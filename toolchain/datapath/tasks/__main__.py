"""The process of the services and tasks."""

from toolchain.datapath.member import run
from toolchain.datapath.tasks import Tasks

if __name__ == "__main__":
    run("tasks", lambda surroundings: (Tasks(surroundings),))
