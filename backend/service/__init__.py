"""A small service that keeps the platform's container contract (docs/container-contract.md)."""
