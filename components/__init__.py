"""Reusable, typed Pulumi components for AWS: one component a file, its Args beside it.

Every public name can be imported from here; ``__init__.pyi`` lists them. They are loaded when first used, so that
`components.planning`, which is plain Python, can be imported without Pulumi.
"""

import lazy_loader

# lazy_loader has no types of its own; those of the components stand in the stub
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)  # pyright: ignore[reportUnknownVariableType]
