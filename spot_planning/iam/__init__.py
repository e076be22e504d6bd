"""Planning: IAM policies."""
