"""Runs services and tasks as Amazon ECS does; a task's containers are processes of this machine."""

from toolchain.datapath.tasks.agent import Tasks

__all__ = ["Tasks"]
