"""Knows secrets by the name that they stand under, and tells them from what only says where a secret is kept."""

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from policy.secret_forms import kind_of_secret

_EXACT: Final = frozenset({"AWS_ACCESS_KEY_ID", "ECS_ENGINE_AUTH_DATA"})
"""Those of control ECS.8 that no other rule of names covers."""
_KEYS: Final = (
    "API|PRIVATE|SECRET|ACCESS|SIGNING|SIGNATURE|ENCRYPTION|DECRYPTION|MASTER|AUTH|AUTHENTICATION|AUTHORIZATION"
    "|WEBHOOK|HMAC|SSH|DEPLOY|LICEN[SC]E"
)
_PEOPLE: Final = "DB|SQL|PG|SMTP|MAIL|USER|ROOT|ADMIN|REDIS|MONGO|KEY|STORE|SSH|FTP|LDAP|MQ|HTTP|PROXY"
"""What stands right before PASS in names such as DBPASS; COMPASS and BYPASS are no such names."""
_SUFFIX: Final = (
    r"(?:_?(?:B64|BASE64|PLAIN|CLEAR|PLAINTEXT|TEXT|VALUE|CURRENT|PREVIOUS|OLD|NEW|DEFAULT|PRODUCTION|PROD|STAGING"
    r"|STAGE|DEV|TEST|QA|PRIMARY|SECONDARY|BASE|V?\d{1,4})){0,3}$"
)
_SECRET: Final = re.compile(
    rf"(?:PASSWORDS?|PASSWO?RD|PASSWD|PSWD|PASSPHRASE|PASSCODE|SECRETS?|(?<=.)(?<!^OLD)PWD|(?:^|_|{_PEOPLE})PASS"
    rf"|CREDENTIALS?|(?:^|_)CREDS|(?:REDIS|REDISCLI|VALKEY|CACHE|BASIC|PROXY|REGISTRY|DOCKER|NPM|NEO4J)_?AUTH){_SUFFIX}"
)
_TOKEN: Final = re.compile(rf"(?:TOKENS?|(?:^|_)(?:{_KEYS})_?KEYS?|APIKEYS?){_SUFFIX}")
_LOCATION: Final = re.compile(rf"(?:(?:^|_)DSN|CONNECTION_?STRING|CONN_?STR(?:ING)?){_SUFFIX}")
_PERHAPS: Final = re.compile(
    r"(?:^|_)(?:AUTH|AUTHORIZATION|JWT|PEPPER|SALT|SEED|FERNET_KEY|(?:APP|APPLICATION|ACCOUNT|STORAGE|SHARED|SERVER"
    r"|SERVICE|SESSION|COOKIE|JWT|CLIENT|CONSUMER|INTEGRATION|INGEST|WRITE|ADMIN|ROOT|AES|RSA|SUBSCRIPTION|FUNCTION"
    rf"|HOST|ACTIVATION)_?KEY){_SUFFIX}"
)
_PUBLIC: Final = re.compile(r"(?:^|_)(?:PUBLIC|PUBLISHABLE)_")
"""A key or a token whose name says that everybody may know it."""
_QUANTITY: Final = re.compile(r"(?:^|_)(?:MAX|MIN|NUM|TOTAL|COUNT|LIMIT)_")
"""A number of tokens, such as MAX_TOKENS."""
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.:/\s]+")
_LONGEST_NAME: Final = 200

_ELSEWHERE: Final = re.compile(
    r"arn:[\w-]+:[\w-]+:|\{\{resolve:|/aws/reference/"
    r"|^(?:arn|(?:jdbc-|aws-?|ref\+)?(?:ssm|awsssm|secrets-?manager|awssecrets|parameter-?store|vault|op|sops|file|env)):"
    r"|^(?:method|integration|context|stageVariables)\.",
    re.IGNORECASE,
)
"""An ARN, a dynamic reference, the address of a secret in a store, what API Gateway fills in."""
_FILLED_IN: Final = re.compile(
    r"(?:\$\{[^{}]*\})+|\$[A-Z][A-Z0-9_]*|\$\(.*\)|`.*`|\{\{.*\}\}|<[^<>]*>|%[A-Z0-9_]+%|[*.]+|x{3,}|X{3,}", re.DOTALL
)
"""What something replaces before it is used, or a mask."""
_SWITCH: Final = re.compile(
    r"(?:true|false|none|null|undefined|yes|no|on|off|enabled?|disabled?|required|optional|\d{0,5}"
    r"|\d+(?:\.\d+)?\s?(?:ms|s|m|h|d|w)|(?:\d+(?:\.\d+)?\s?)?(?:second|minute|hour|day|week|month)s?)?",
    re.IGNORECASE,
)
"""A switch, a small number, a duration, nothing."""
_WAY: Final = re.compile(
    r"(?:plain|login|cram-md5|iam|oauth2?|basic|bearer|ldap|saml|oidc|kerberos|jwt|token)", re.IGNORECASE
)
"""How somebody signs in."""
_PATH: Final = re.compile(
    r"(?:~|\.{1,2})?(?:/[a-z_.-][a-z0-9_.-]*){2,}|(?:~|\.{0,2})/?(?:[\w.-]+/)+[\w-]+\.[a-z]{2,6}"
    r"|[\w-]+\.(?:pem|key|json|crt|p12|pfx|jks|txt|env|ya?ml|ini|conf|cfg|pub|properties)"
)
"""A file, or a parameter of Systems Manager."""
_SECRETS_NAME: Final = re.compile(r"[a-z][a-z_.-]*[a-z0-9]*(?:/[a-z][a-z0-9_.-]*)+")
"""A secret's name in Secrets Manager, such as ``prod/orders/database``."""
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[^\s@]*", re.IGNORECASE)
"""Of a page, without a password in it."""
_REFERENCES: Final = (_SWITCH, _FILLED_IN, _PATH, _ADDRESS)
_LONGEST_REFERENCE: Final = 500
"""Letters; what is longer names nothing."""
_GIVEN_INSIDE: Final = re.compile(
    r"(?i)(?:password|pwd|pass|secret|accesskey|accountkey|token)\s{0,9}=\s{0,9}[^\s;$<{%&*][^\s;&]"
)
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{20,}")
_GENERATED: Final = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/=]{20,}")


@lru_cache(maxsize=8192)
def _words(name: str) -> str:
    """Write a name in capitals with underscores between its words."""
    return _WORDS.sub("_", name[-_LONGEST_NAME:]).upper().strip("_")


class _Sort(Enum):
    """What a name says of the text that stands under it."""

    SECRET = auto()
    LOCATION = auto()
    """An address that may have a password in it."""
    PERHAPS = auto()
    """A secret if it looks like one."""
    OTHER = auto()


@lru_cache(maxsize=8192)
def _sort(words: str) -> _Sort:
    # The names of properties come back in every resource, and each takes four searches.
    if _is_certain(words):
        return _Sort.SECRET
    if _LOCATION.search(words):
        return _Sort.LOCATION
    return _Sort.PERHAPS if _PERHAPS.search(words) else _Sort.OTHER


def _is_certain(words: str) -> bool:
    if words in _EXACT or _SECRET.search(words):
        return True
    return bool(_TOKEN.search(words)) and not _PUBLIC.search(words) and not _QUANTITY.search(words)


def is_location_name(name: str) -> bool:
    """Tell whether a name is one of an address that may have a password in it, such as ``DATABASE_DSN``.

    Args:
        name: As in ``is_secret_name``.
    """
    return _LOCATION.search(_words(name)) is not None


def is_secret_name(name: str) -> bool:
    """Tell whether a name is one of a secret.

    Args:
        name: In capitals (``SMTP_PASS``), camel case (``apiKey``), with hyphens or dots.
    """
    return _sort(_words(name)) in {_Sort.SECRET, _Sort.LOCATION}


def names_a_secret(text: str) -> bool:
    """Tell whether a text only says where a secret is, or is nothing that could be one.

    Args:
        text: A variable's value. A default such as ``changeme`` is a secret: one that everybody knows.
    """
    text = text.strip().strip("'\"")
    if _ELSEWHERE.search(text):
        return True
    return len(text) <= _LONGEST_REFERENCE and any(form.fullmatch(text) for form in _REFERENCES)


def tells_of_secret(name: str, text: str | None) -> bool:
    """Tell whether a variable holds a secret, going by its name.

    Args:
        name: The variable's name.
        text: Its value; None when it is not known.

    Returns:
        False also for a value that only refers to a secret which is kept elsewhere, for an address without a password,
        and for a value that is not known under a name that tells nothing certain.
    """
    words = _words(name)
    sort = _sort(words)
    if sort is _Sort.SECRET:
        return text is None or not (names_a_secret(text) or _is_name_of_kept(words, text))
    if sort is _Sort.OTHER or text is None or names_a_secret(text):
        return False
    return _gives_inside(text) if sort is _Sort.LOCATION else _is_generated(text)


def _is_name_of_kept(words: str, text: str) -> bool:
    """Tell whether the value of a name that ends like DB_SECRET is the name that the secret has in its store."""
    if "AUTH" in words and _WAY.fullmatch(text):
        return True
    is_short = len(text) <= _LONGEST_REFERENCE
    return is_short and not _PASSWORD.search(words) and _SECRETS_NAME.fullmatch(text) is not None


_PASSWORD: Final = re.compile(r"PASS|PWD|PSWD")


def _gives_inside(text: str) -> bool:
    return bool(kind_of_secret(text)) or _GIVEN_INSIDE.search(text) is not None


def _is_generated(text: str) -> bool:
    value = text.removeprefix("base64:")
    return bool(_HEXADECIMAL.fullmatch(value) or _GENERATED.fullmatch(value))
