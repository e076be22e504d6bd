"""Planning: containers on Fargate."""
