"""A small service that fulfils the platform's container contract (docs/container-contract.md)."""
