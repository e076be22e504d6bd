"""Imports of a Pulumi SDK by need: a class is made when somebody names it, not with its whole service.

A generated SDK such as ``pulumi_aws`` makes all classes of a service when its package is imported, 1 500 for WAF
alone, and a program uses a few of them. ``install`` puts a finder in front of Python's own that runs each module's
imports at once and the rest of it a definition at a time. What it needs for that is made from the installed sources at
the first import, and kept in a cache folder.
"""

from toolchain.lazy_imports.finder import install

__all__ = ["install"]
