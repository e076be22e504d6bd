"""Makes the settings that a site reads when it starts: ``/config.json`` of the reference site (frontend/README.md)."""

import json
from typing import Any

from ops.addresses import address_of, path_on_site
from ops.aws import StackSession


def site_settings(session: StackSession) -> str:
    """Return the settings of a stack's site, as JSON.

    The API key identifies the site to the usage plan and is no secret: every visitor's browser has it. For an API below
    a path of the site the settings contain that path and no key, because CloudFront sends the key.

    Args:
        session: The stack's outputs and its access to AWS.

    Returns:
        The content of ``config.json``.

    Raises:
        ValueError: The stack is not up, or the local data path is not running.
        ClientError: AWS refused to return the key.
    """
    url = session.output("api_url")
    settings: dict[str, Any] = {
        "apiUrl": path_on_site(session.output("site_url"), url) or address_of(session, url).url.rstrip("/"),
        "stack": session.stack,
    }
    key = api_key_of(session)
    if key is not None:
        settings["apiKey"] = key
    return json.dumps(settings, indent=2) + "\n"


def api_key_of(session: StackSession) -> str | None:
    """Return the API key that the site sends; None when the stack exports no key.

    Args:
        session: The stack's outputs and its access to AWS.

    Raises:
        ClientError: AWS refused to return the key.
    """
    identifier = session.outputs.get("api_key_id")
    if identifier is None:
        return None
    return str(session.client("apigateway").get_api_key(apiKey=str(identifier), includeValue=True)["value"])
