"""Components: IAM policies."""
