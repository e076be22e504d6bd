"""What the AWS provider does by itself: values of properties that a program leaves out, and its endpoints."""
