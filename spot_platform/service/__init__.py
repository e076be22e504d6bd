"""Components: containers on Fargate."""
