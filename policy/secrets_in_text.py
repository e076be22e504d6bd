"""Recognises secrets in clear text: by the name that they stand under, and by their own form.

The forms are those that their issuers publish, so that scanners find them (GitHub's secret scanning partners, for
example). Whoever asks gets to know what kind of secret it is, never its value.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final, cast

KEY_NAMES: Final = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"})
"""Those of control ECS.8."""
_KINDS_OF_KEY = "API|PRIVATE|SECRET|ACCESS|SIGNING|ENCRYPTION|MASTER|AUTH|WEBHOOK"
SECRET_NAME: Final = re.compile(
    rf"(PASSWORD|PASSWD|PASSPHRASE|SECRET|_PWD|(^|_)(PASS|TOKEN|CREDENTIALS?|DSN|({_KINDS_OF_KEY})_?KEY))(_B64|_BASE64)?$"
)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.:/\s]+")
REFERENCE: Final = re.compile(
    r"(arn:|\{\{resolve:|ssm:|secretsmanager:|/aws/reference/)|^(true|false|none|null|\d{0,5})?$"
)
"""What names a secret, or is none: an ARN, a dynamic reference, a switch, nothing."""

FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "an AWS access key": re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b"),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "a URL with a password": re.compile(r"://[^/\s:@\"']*:(?![$<{*%\[])[^/\s@\"']+@"),
    "a Stripe key": re.compile(r"\b[sr]k_(live|test)_[A-Za-z0-9]{10,}"),
    "a GitHub token": re.compile(r"\b(gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,})"),
    "a GitLab token": re.compile(r"\bglpat-[\w-]{20,}"),
    "a Slack token": re.compile(r"\bxox[abeoprs]-[\w-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+"),
    "a Google API key": re.compile(r"\bAIza[\w-]{35}"),
    "an npm token": re.compile(r"\bnpm_[A-Za-z0-9]{36}"),
    "a PyPI token": re.compile(r"\bpypi-AgE[\w-]{20,}"),
    "a SendGrid key": re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}"),
    "a webhook's signing secret": re.compile(r"\bwhsec_[A-Za-z0-9]{16,}"),
    "a key of an AI service": re.compile(r"\bsk-(ant-|proj-)?[A-Za-z0-9_-]{20,}"),
    "a Docker token": re.compile(r"\bdckr_[a-z]{3,4}_[\w-]{20,}"),
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    "a Shopify token": re.compile(r"\bshp(at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    "an Atlassian token": re.compile(r"\bATATT3[\w-]{20,}"),
    "a Databricks token": re.compile(r"\bdapi[a-f0-9]{32}"),
    "a New Relic key": re.compile(r"\bNRAK-[A-Z0-9]{27}"),
    "a bearer token": re.compile(r"\bBearer [A-Za-z0-9._~+/-]{20,}"),
    "a Vault token": re.compile(r"\bhv[sb]\.[\w-]{20,}"),
    "a DigitalOcean token": re.compile(r"\bdo[opr]_v1_[a-f0-9]{32,}"),
    "a storage account's key": re.compile(r"\bAccountKey=[A-Za-z0-9+/]{20,}"),
    "a JSON Web Token": re.compile(
        # What follows the first part is looked for once, and not again for each place in it where a token may begin.
        r"(?<![\w-])(?=[\w-]++\.eyJ[\w-]{8,}+\.[\w-]{8})[\w-]*?\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"
    ),
}
"""Kind of secret -> how such secrets are written."""
ASSIGNMENT: Final = re.compile(
    r"(?i)(?:^|[\s;&|(\"'_-])(?:password|passwd|passphrase|secret|token|(?:api|access|secret|private)[_-]?key)"
    r"\s*[=:]\s*[\"']?(?![$<{(*`\[\"'\s])[^\s\"';&|)]{6,}"
)
"""A script that gives a password to something: ``export DB_PASSWORD=...``, ``--password=...``."""
HINTS: Final = re.compile(
    r"AKIA|ASIA|PRIVATE KEY|://|k_live|k_test|gh[opsur]_|github_pat|glpat|xox|slack|AIza|npm_|pypi-|SG\.|whsec|sk-"
    r"|hv[sb]\.|_v1_|AccountKey|eyJ|dckr_|hf_|shp[acps]|ATATT|dapi|NRAK|Bearer "
)
"""One pass over a text tells that most texts hold none of them."""
LONGEST: Final = 1_000_000
"""Letters of a text that are looked at: no property that AWS takes is longer."""


def is_secret_name(name: str) -> bool:
    """Tell whether a name is one of a secret.

    Args:
        name: In capitals (``SMTP_PASS``), camel case (``apiKey``) or with hyphens.
    """
    return name.upper() in KEY_NAMES or SECRET_NAME.search(_WORDS.sub("_", name).upper()) is not None


def names_a_secret(text: str) -> bool:
    """Tell whether a text only says where a secret is, or is nothing that could be one."""
    return REFERENCE.search(text) is not None


def tells_of_secret(name: str, text: str | None) -> bool:
    """Tell whether a variable holds a secret, going by its name.

    Args:
        name: The variable's name.
        text: Its value; None when it is not known.

    Returns:
        False also for a value that only refers to a secret which is kept elsewhere.
    """
    return is_secret_name(name) and (text is None or not names_a_secret(text))


@lru_cache(maxsize=8192)
def kind_of_secret(text: str) -> str:
    """Tell what kind of secret a text contains.

    Args:
        text: Any text.

    Returns:
        A kind such as ``a Stripe key``; empty for a text without one.
    """
    text = text[:LONGEST]
    if HINTS.search(text) is None:
        return ""
    return next((kind for kind, form in FORMS.items() if form.search(text)), "")


def gives_password(script: str) -> bool:
    """Tell whether a script assigns a password, a token or a key in clear.

    Args:
        script: Plain text, or the same in Base64 as EC2 takes user data.
    """
    return ASSIGNMENT.search(script[:LONGEST]) is not None or ASSIGNMENT.search(decoded(script)[:LONGEST]) is not None


def decoded(text: str) -> str:
    """Decode Base64.

    Args:
        text: Perhaps Base64.

    Returns:
        What it stands for; empty when it is no Base64 of text.
    """
    try:
        return base64.b64decode(text, validate=True).decode()
    except (ValueError, binascii.Error):
        return ""


def texts(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Find every text in some inputs.

    Args:
        content: Plain data.
        path: Where it stands.

    Yields:
        Pairs of a path, such as ``environment.variables.KEY``, and a text.
    """
    if isinstance(content, str):
        yield path, content
    elif isinstance(content, dict):
        for name, child in cast("dict[str, object]", content).items():
            yield from texts(child, f"{path}.{name}" if path else name)
    elif isinstance(content, list):
        for index, child in enumerate(cast("list[object]", content)):
            yield from texts(child, f"{path}[{index}]")


NAMES: Final = ("name", "key")
VALUES: Final = ("value",)
"""Members of a variable, in whatever case."""
_VARIABLES: Final = re.compile(r"(environment|env|variables)$", re.IGNORECASE)
"""How the name of a map of variables ends."""
_ELSEWHERE: Final = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})
"""Types of a variable whose value says where it is kept (CodeBuild)."""
_TAGS: Final = frozenset({"tags", "tagsAll"})


def named_secrets(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Find texts that stand under the name of a secret, as variables are written: ``{name, value}``, or a map of them.

    Args:
        content: Plain data. A text with JSON in it is looked into.
        path: Where it stands. What stands at the top is a resource itself, and no variable.

    Yields:
        Pairs of a path and the name of a secret that has a text of its own.
    """
    if isinstance(content, str) and content[:1] in {"{", "["}:
        try:
            content = json.loads(content[:LONGEST])
        except (ValueError, RecursionError):
            return
    if isinstance(content, list):
        for index, child in enumerate(cast("list[object]", content)):
            yield from named_secrets(child, f"{path}[{index}]")
    elif isinstance(content, dict):
        members = cast("dict[str, object]", content)
        yield from ((path, name) for name in _own_secrets(members, path))
        for name, child in members.items():
            if name not in _TAGS:
                yield from named_secrets(child, f"{path}.{name}" if path else name)


def _own_secrets(members: Mapping[str, object], path: str) -> Iterator[str]:
    variables = members.items() if _VARIABLES.search(path) else ()
    if path and members.get("type") not in _ELSEWHERE:
        name, value = _first(members, NAMES), _first(members, VALUES)
        variables = [*variables, (name, value)] if isinstance(name, str) else variables
    for name, value in variables:
        if isinstance(value, str) and tells_of_secret(name, value):
            yield name


def _first(members: Mapping[str, object], names: tuple[str, ...]) -> object:
    return next((child for name, child in members.items() if name.lower() in names), None)


def flags_with_secrets(words: Sequence[str]) -> Iterator[str]:
    """Find flags of a command that give a secret in the next word, such as ``--password hunter22``.

    Args:
        words: The command, word by word.

    Yields:
        The flags.
    """
    for flag, value in pairwise(words):
        if flag.startswith("--") and not value.startswith(("-", "$")) and tells_of_secret(flag.lstrip("-"), value):
            yield flag
