"""What a site is told when it starts: ``/config.json`` of the reference site (frontend/README.md)."""

import json
from typing import Any

from ops.addresses import address_of
from ops.aws import StackSession


def site_settings(session: StackSession) -> str:
    """The settings of a stack's site, as JSON.

    The API key identifies the site to the usage plan and is no secret: every visitor's browser has it.

    Args:
        session: The way to the stack.

    Returns:
        The content of ``config.json``.

    Raises:
        ValueError: The stack is not up, or the local data path does not run.
        ClientError: AWS refused to tell the key.
    """
    settings: dict[str, Any] = {
        "apiUrl": address_of(session, session.output("api_url")).url.rstrip("/"),
        "stack": session.stack,
    }
    key_id = session.outputs.get("api_key_id")
    if key_id is not None:
        key = session.client("apigateway").get_api_key(apiKey=str(key_id), includeValue=True)
        settings["apiKey"] = key["value"]
    return json.dumps(settings, indent=2) + "\n"
