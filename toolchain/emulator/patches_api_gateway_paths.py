"""Patch of moto's validation of OpenAPI documents for API Gateway."""

import re
from typing import Any

from moto.apigateway import models

_GREEDY = re.compile(r"\{(\w+)\+\}")


def take_greedy_paths() -> None:
    """PutRestApi with ``{proxy+}``. Reason: moto's validator reads the plus as a part of the parameter's name.

    It then finds no such parameter and refuses the document, but API Gateway accepts it (Amazon API Gateway Developer
    Guide, "Set up a proxy integration with a proxy resource"). Not offered upstream: no internet here.
    """
    validate: Any = getattr(models, "validate")  # noqa: B009 (the name has no type)

    def validated(document: dict[str, Any]) -> None:
        paths: dict[str, Any] = document["paths"]
        validate({**document, "paths": {_GREEDY.sub(r"{\1}", path): item for path, item in paths.items()}})

    setattr(models, "validate", validated)  # noqa: B010
