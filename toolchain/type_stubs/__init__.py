"""Makes type stubs of only what the code names from a Pulumi SDK, so that the type checker has less to read.

A generated SDK such as ``pulumi_aws`` imports all resources of a service with its package: 1 500 classes for WAF alone.
The type checker reads all of them, a third of its time, although a program names only a few. ``write`` copies the named
classes and functions, and all that their annotations name, without bodies and docstrings, to a folder of stubs. Every
copied signature is complete, so the checker finds the same errors. ``python -m toolchain.type_stubs`` runs the checker
with them.
"""

from toolchain.type_stubs.writing import NoStubsError, write

__all__ = ["NoStubsError", "write"]
