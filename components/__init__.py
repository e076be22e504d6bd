"""Reusable, typed Pulumi components for AWS: one component a file, its Args beside it."""
