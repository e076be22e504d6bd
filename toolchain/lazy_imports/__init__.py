"""Imports a Pulumi SDK lazily: a class is created at its first use, and not with its whole service.

A generated SDK such as ``pulumi_aws`` creates all classes of a service when its package is imported, 1 500 for WAF
alone, but a program uses only a few of them. ``install`` adds an import finder before Python's own. It runs the imports
of each module at once, and each definition of a class or function when its name is first used. For this, each module
is split into parts at its first import, and the parts are kept in a cache folder.
"""

from toolchain.lazy_imports.finder import install

__all__ = ["install"]
