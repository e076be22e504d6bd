"""What Amazon ECS does with services and tasks; a task is a process of this machine."""
