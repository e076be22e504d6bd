"""What Amazon ECS does with services and tasks; a task is a process of this machine."""

from toolchain.datapath.tasks.agent import Tasks

__all__ = ["Tasks"]
