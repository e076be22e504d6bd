"""Recognizes secrets by the name of the variable, property or label that contains them."""

import re
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from policy.secrets.forms import kind_of_secret
from policy.secrets.references import is_none_under, names_a_secret

_EXACT: Final = frozenset({"AWS_ACCESS_KEY_ID", "ECS_ENGINE_AUTH_DATA"})
"""Names of control ECS.8 that no pattern below covers."""
_KEYS: Final = (
    "API|PRIVATE|SECRET|ACCESS|SIGNING|SIGNATURE|ENCRYPTION|DECRYPTION|MASTER|AUTH|AUTHENTICATION|AUTHORIZATION"
    "|WEBHOOK|HMAC|SSH|DEPLOY|LICEN[SC]E|PRE_?SHARED"
)
_PEOPLE: Final = "DB|SQL|PG|SMTP|MAIL|USER|ROOT|ADMIN|REDIS|MONGO|KEY|STORE|SSH|FTP|LDAP|MQ|HTTP|PROXY"
"""What stands directly before PASS in names such as DBPASS. COMPASS and BYPASS are not names of passwords."""
_SUFFIX: Final = (
    r"(?:_?(?:B64|BASE64|PLAIN|CLEAR|PLAINTEXT|TEXT|VALUE|WO|CURRENT|PREVIOUS|OLD|NEW|DEFAULT|PRODUCTION|PROD|STAGING"
    r"|STAGE|DEV|TEST|QA|PRIMARY|SECONDARY|BASE|V?\d{1,4})){0,3}$"
)
_STORES: Final = (
    "DB|DATABASE|SQL|POSTGRES(?:QL)?|PG|MYSQL|MARIADB|ORACLE|MONGO(?:DB)?|REDIS|VALKEY|RABBITMQ|MQ|KAFKA|ELASTIC"
    "|ELASTICSEARCH|OPENSEARCH|SMTP|S?FTP|LDAP|SSH|ADMIN|ROOT|OWNER|MASTER"
)
_SERVICES: Final = (
    "APP|GITHUB|GITLAB|BITBUCKET|SLACK|STRIPE|PAYPAL|TWILIO|SENDGRID|MAILGUN|OPENAI|ANTHROPIC|SENTRY|DATADOG|GRAFANA"
    "|NPM|PYPI|DOCKER|JIRA|SNOWFLAKE|DJANGO|FLASK|RAILS|GOOGLE|FACEBOOK|AZURE"
)
_ABOUT: Final = (
    r"(?:IDS?|ARNS?|NAMES?|LENGTH|TTL|URLS?|URI|PATH|FILE|HASH(?:ER|ES)?|SHA\d{0,3}|MD5|DIGEST|CHECKSUM|FINGERPRINT|POLICY"
    r"|VERSION|TYPE|ALGORITHM|ISSUER|REALM|HOST|PORT|USER|USERNAME|ENDPOINT|EXPIRY|COUNT|LIMIT|REGION|ENABLED|HEADER)$"
)
"""The end of a name for something about a password, and not for the password itself."""
_ASIDE: Final = rf"_(?:FOR|OF)_(?!(?:\w{{0,100}}_)?{_ABOUT})\w{{1,100}}$"
"""The end of a name such as TOKEN_FOR_THE_PIPELINE."""
_SECRET: Final = re.compile(
    r"(?:PASSWORDS?|PASSWO?RD|PASSWD|PASSW|PASSWORT|PSWD|PASSPHRASE|PASSCODE|SECRETS?|KENNWORT|(?<=.)(?<!^OLD)PWD"
    rf"|(?:^|_|{_PEOPLE})(?:PASS|PW)|REQUIREPASS|MASTERAUTH|CREDENTIALS?|(?:^|_)CREDS|SECRET_STRING|ORIGIN_?VERIFY"
    r"|KEY_MATERIAL|(?:GIT|GITHUB|GH|GITLAB|AZURE|DEVOPS|ADO|DEVOPS_EXT)_PAT"
    rf"|(?:REDIS|REDISCLI|VALKEY|CACHE|BASIC|PROXY|REGISTRY|DOCKER|NPM|NEO4J|HTTP)_?AUTH){_SUFFIX}"
    rf"|(?:^|_)(?:PASSWORD|PASSWD|PASS)(?:_(?:{_STORES}|{_SERVICES})$|{_ASIDE})"
    rf"|(?:^|_)SECRET(?:_KEY)?(?:_(?:{_SERVICES})$|{_ASIDE})"
)
_TOKEN: Final = re.compile(
    rf"(?:TOKENS?|(?:^|_)(?:{_KEYS})_?KEYS?|APIKEYS?){_SUFFIX}"
    rf"|(?:^|_)(?:TOKEN|API_?KEY)(?:_(?:{_SERVICES})$|{_ASIDE})"
)
_LOCATION: Final = re.compile(
    rf"(?:(?:^|_)DSN|CONNECTION_?STRING|CONN_?STR(?:ING)?){_SUFFIX}|CONNECTION_?STRINGS(?:_{{1,3}}\w{{1,100}})?$"
)
_PERHAPS: Final = re.compile(
    r"(?:^|_)(?:AUTH|AUTHORIZATION|JWT|PEPPER|SALT|SEED|FERNET_KEY|(?:APP|APPLICATION|ACCOUNT|STORAGE|SHARED|SERVER"
    r"|SERVICE|SESSION|COOKIE|JWT|CLIENT|CONSUMER|INTEGRATION|INGEST|WRITE|ADMIN|ROOT|AES|RSA|SUBSCRIPTION|FUNCTION"
    rf"|HOST|ACTIVATION|ENC|DATA|CIPHER|CRYPT|CRYPTO)_?KEY){_SUFFIX}"
    rf"|(?:^|_)(?:PASSWORD|PASSWD|TOKEN|SECRET|API_?KEY)_(?!(?:\w{{0,100}}_)?{_ABOUT})\w{{1,100}}$"
)
_AUTHORIZATION: Final = re.compile(r"(?:^|_)AUTH(?:ORIZATION)?$")
_IN_PATH: Final = re.compile(r"/(?:passwords?|passwd)/", re.IGNORECASE)
"""Part of the name of a parameter such as ``/prod/password/orders``."""
_ABOUT_ONE: Final = re.compile(rf"(?:^|_){_ABOUT}")
_PUBLIC: Final = re.compile(r"(?:^|_)(?:PUBLIC|PUBLISHABLE)_")
"""Part of the name of a key or token that is public."""
_REPEATED: Final = re.compile(
    r"(?:^|_)(?:CLIENT|CLIENT_REQUEST|REQUEST|IDEMPOTENCY|NEXT|PAGE|CONTINUATION|MARKER)_TOKEN$"
)
"""Names in AWS's APIs of the tokens for idempotency and for pagination."""
_QUANTITY: Final = re.compile(r"(?:^|_)(?:MAX|MIN|NUM|TOTAL|COUNT|LIMIT)_")
"""Part of a name for a number of tokens, such as MAX_TOKENS."""
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[-.:/\s]+")
_LONGEST_NAME: Final = 200

_GIVEN_INSIDE: Final = re.compile(
    r"(?i)(?:password|pwd|pass|secret|accesskey|accountkey|token)\s{0,9}=\s{0,9}[^\s;$<{%&*][^\s;&]"
)
_IS_VALUE: Final = re.compile(r"PASS|PWD|TOKEN|API_?KEY|ACCESS_KEY")
_NO_LABEL: Final = re.compile(r"(?![a-z]+(?:-[a-z]+)*-\d+$)(?=\S*\d)(?=\S*[A-Za-z])\S{6,200}")
"""A value that labels rarely have: letters and digits, but not words with a number at the end."""
_LOGIN: Final = re.compile(r"(?!oauth|http|image)[\w.@-]{1,100}:(?=\S{0,200}[\d\W])[^\s/]\S{5,200}", re.IGNORECASE)
"""A user name and a password."""
_HEXADECIMAL: Final = re.compile(r"[0-9a-fA-F]{20,}")
_GENERATED: Final = re.compile(r"(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])(?=\D*\d)[A-Za-z0-9+/=]{20,}")


def _words(name: str) -> str:
    """Return a name in capitals with underscores between its words."""
    return _WORDS.sub("_", name[-_LONGEST_NAME:]).upper().strip("_")


class _Sort(Enum):
    """What a name reveals about its value."""

    SECRET = auto()
    LOCATION = auto()
    """An address that may contain a password."""
    PERHAPS = auto()
    """A secret only if the value looks like one."""
    OTHER = auto()


@lru_cache(maxsize=8192)
def _judged(name: str) -> tuple[str, _Sort]:
    """Return a name's words, and what they reveal about its value."""
    # Cached: names of properties repeat in every resource, and each name takes several searches.
    words = _words(name)
    if _is_certain(words) or (_IN_PATH.search(name) and not _ABOUT_ONE.search(words)):
        return words, _Sort.SECRET
    if _LOCATION.search(words):
        return words, _Sort.LOCATION
    return words, _Sort.PERHAPS if _PERHAPS.search(words) or _REPEATED.search(words) else _Sort.OTHER


def _is_certain(words: str) -> bool:
    if words in _EXACT or _SECRET.search(words):
        return True
    return bool(_TOKEN.search(words)) and not any(none.search(words) for none in (_PUBLIC, _QUANTITY, _REPEATED))


def is_location_name(name: str) -> bool:
    """Check whether a name is that of an address that may contain a password, such as ``DATABASE_DSN``.

    Args:
        name: The name, in any form that ``is_secret_name`` takes.
    """
    return _judged(name)[1] is _Sort.LOCATION


def is_secret_name(name: str) -> bool:
    """Check whether a name is that of a secret, or of an address that may contain one.

    Args:
        name: The name in capitals (``SMTP_PASS``), in camel case (``apiKey``), or with hyphens or dots.
    """
    return _judged(name)[1] in {_Sort.SECRET, _Sort.LOCATION}


def tells_of_secret(name: str, text: str | None) -> bool:
    """Check whether a variable contains a secret, by its name and its value.

    Args:
        name: The variable's name.
        text: Its value; None when it is not known.

    Returns:
        True for a secret. False also for a value that only refers to a secret stored elsewhere, for an address without
        a password, and for an unknown value under a name that is not certainly that of a secret.
    """
    words, sort = _judged(name)
    if sort is _Sort.SECRET:
        return text is None or not is_none_under(words, text)
    if sort is _Sort.OTHER or text is None or names_a_secret(text):
        return False
    if sort is _Sort.LOCATION:
        return _gives_inside(text)
    return _is_generated(text) or (_AUTHORIZATION.search(words) is not None and _LOGIN.fullmatch(text) is not None)


def label_tells_of_secret(name: str, text: str) -> bool:
    """Check whether a label contains a secret.

    It requires more than `tells_of_secret`, since labels often only name or describe a secret.

    Args:
        name: The label's name.
        text: Its value.
    """
    words, sort = _judged(name)
    if sort is not _Sort.SECRET or not tells_of_secret(name, text):
        return False
    return _is_generated(text) or (_IS_VALUE.search(words) is not None and _NO_LABEL.fullmatch(text) is not None)


def _gives_inside(text: str) -> bool:
    return bool(kind_of_secret(text)) or _GIVEN_INSIDE.search(text) is not None


def _is_generated(text: str) -> bool:
    value = text.removeprefix("base64:")
    return bool(_HEXADECIMAL.fullmatch(value) or _GENERATED.fullmatch(value))
