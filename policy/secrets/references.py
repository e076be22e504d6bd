"""Recognizes values that have the name of a secret but are none: references to a secret, switches, public values."""

import re
from typing import Final

_ELSEWHERE: Final = re.compile(
    r"arn:[\w-]+:[\w-]+:|\{\{resolve:|/aws/reference/"
    r"|^(?:arn|(?:jdbc-|aws-?|ref\+)?(?:ssm|awsssm|secrets-?manager|awssecrets|parameter-?store|vault|op|sops|file|env)):"
    r"|^(?:method|integration|context|stageVariables)\.",
    re.IGNORECASE,
)
"""An ARN, a dynamic reference, the address of a secret in a store, or a variable that API Gateway replaces."""
_FILLED_IN: Final = re.compile(
    r"(?:\$\{[^{}]*\})+|\$[A-Z][A-Z0-9_]*|\$\(.*\)|`.*`|\{\{.*\}\}|<[^<>]*>|%[A-Z0-9_]+%|[*.]+|x{3,}|X{3,}", re.DOTALL
)
"""A placeholder that is replaced before use, or a mask."""
_SWITCH: Final = re.compile(
    r"(?:true|false|none|null|undefined|yes|no|on|off|enabled?|disabled?|required|optional|\d{0,5}"
    r"|daily|weekly|monthly|quarterly|yearly|never|always|auto(?:matic)?|manual"
    r"|\d+(?:\.\d+)?\s?(?:ms|s|m|h|d|w)|(?:\d+(?:\.\d+)?\s?)?(?:second|minute|hour|day|week|month)s?)?",
    re.IGNORECASE,
)
"""A switch, a small number, a frequency, a duration, or an empty text."""
_ALGORITHM: Final = re.compile(
    r"(?:bcrypt|scrypt|argon2(?:id|i|d)?|pbkdf2(?:[_-]sha-?\d{1,3})?|(?:scram-)?sha-?\d{1,3}|md5|[hrep]s(?:256|384|512))",
    re.IGNORECASE,
)
"""An algorithm that hashes passwords or signs tokens."""
_PATH: Final = re.compile(
    r"(?:~|\.{1,2})?(?:/[a-z_.-][a-z0-9_.-]*){2,}|(?:~|\.{0,2})/?(?:[\w.-]+/)+[\w-]+\.[a-z]{2,6}"
    r"|[\w-]+\.(?:pem|key|json|crt|p12|pfx|jks|txt|env|ya?ml|ini|conf|cfg|pub|properties)"
)
"""The path of a file, or the name of a parameter of Systems Manager."""
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]{1,30}://[^\s@]*", re.IGNORECASE)
"""A URL without a password."""
_MANAGED: Final = re.compile(
    r"(?:rds|redshift|appflow|databrew|datasync|directconnect|ecs-sc|events|opsworks-cm|sqlworkbench)![\w/-]+"
)
"""The name of a secret that a service manages ("Secrets managed by other AWS services", Secrets Manager User Guide)."""
_PUBLISHABLE: Final = re.compile(r"pk_(?:live|test)_\w+|pk\.eyJ[\w.-]+")
"""A public key of Stripe or Mapbox for web pages, which every visitor gets."""
_PUBLIC: Final = re.compile(
    r"(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-[\w-]{1,30}|sk-(?:ssh|ecdsa)-[\w@.-]{1,60}) AAAA"
    r"|-----BEGIN (?:[A-Z0-9]{1,20} )?(?:PUBLIC KEY|CERTIFICATE)"
)
"""The beginning of a public key or a certificate."""
_REFERENCES: Final = (_SWITCH, _FILLED_IN, _PATH, _ADDRESS, _ALGORITHM, _MANAGED, _PUBLISHABLE)
_LONGEST_REFERENCE: Final = 500
"""Characters; a longer text is no reference."""

_SECRETS_NAME: Final = re.compile(r"[a-z][a-z_.-]*[a-z0-9]*(?:/[a-z][a-z0-9_.-]*)+")
"""A secret's name in Secrets Manager, such as ``prod/orders/database``."""
_SPDX: Final = r"MIT|ISC|Unlicense|proprietary|commercial|(?:Apache|BSD|MPL|A?GPL|LGPL|EPL|BUSL|CC)-[\w.-]{1,30}"
_KEY_ID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}"
_WAY: Final = (
    r"plain|login|cram-md5|iam|oauth2?|basic|bearer|digest|ntlm|negotiate|ldap|saml|oidc|kerberos|jwt|token|aws"
    r"|[ega]cr(?:-login)?"
)
"""A method of authentication."""
_UNDER: Final = tuple(
    (re.compile(name), re.compile(text, re.IGNORECASE))
    for name, text in (
        (r"AUTH", _WAY),
        (r"CREDENTIALS$", r"include|omit|same-origin"),
        (r"(?:CSRF|XSRF)_TOKEN$", r"double-submit(?:-cookie)?|synchroni[sz]er|cookie|header|session|stateless"),
        (r"LICEN[SC]E_KEY$", _SPDX),
        (r"(?:ENCRYPTION|DECRYPTION|SIGNING)_KEY$", _KEY_ID),
        (
            r"(?:^|_)(?:DB|RDS|DATABASE|AURORA|POSTGRES|MYSQL|REDIS|CACHE|AWS)_SECRET$",
            r"(?!change|replace|example|default)[a-z]+(?:-[a-z]+)*-(?:[a-z]+|\d{1,2})",
        ),
    )
)
"""Pairs of a pattern of names and a pattern of values that are no secret under such a name: identifiers and methods."""
_PASSWORD: Final = re.compile(r"PASS|PWD|PSWD|KENNWORT|(?:^|_)PW")
_NUMBER: Final = re.compile(r"\d{3,5}")


def names_a_secret(text: str) -> bool:
    """Check whether a text only refers to a secret, or cannot be one.

    Args:
        text: A variable's value. A default such as ``changeme`` counts as a secret, although everybody knows it.
    """
    text = text.strip().strip("'\"")
    if _ELSEWHERE.search(text) or (_PUBLIC.match(text) and "PRIVATE" not in text):
        return True
    return len(text) <= _LONGEST_REFERENCE and any(form.fullmatch(text) for form in _REFERENCES)


def is_none_under(words: str, text: str) -> bool:
    """Check whether a text is no secret, although its variable has the name of one.

    Args:
        words: The variable's name, in capitals with underscores between its words.
        text: The variable's value.
    """
    of_password = _PASSWORD.search(words) is not None
    if of_password and _NUMBER.fullmatch(text):
        return False
    if names_a_secret(text):
        return True
    if len(text) > _LONGEST_REFERENCE:
        return False
    if any(name.search(words) and form.fullmatch(text) for name, form in _UNDER):
        return True
    return not of_password and _SECRETS_NAME.fullmatch(text) is not None
