"""The process of the services and tasks."""

from toolchain.datapath.containers import end_left_containers
from toolchain.datapath.member import run
from toolchain.datapath.part import Part, Surroundings
from toolchain.datapath.tasks import Tasks


def _made(surroundings: Surroundings) -> tuple[Part, ...]:
    end_left_containers(surroundings.folder)
    return (Tasks(surroundings),)


if __name__ == "__main__":
    run("tasks", _made)
