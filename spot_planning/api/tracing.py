"""Decides the name and the order of the rule that says which requests of an API AWS X-Ray traces."""

import hashlib
from typing import Final

PRIORITY: Final = 5000
"""X-Ray uses the matching rule with the lowest number, 1 to 9999 (AWS X-Ray API Reference, "SamplingRule"). So there is
room for rules that somebody adds by hand, before and after this one."""
LONGEST_NAME: Final = 32
"""Characters of a rule's name (AWS X-Ray API Reference, "SamplingRule")."""


def sampling_rule_name(name: str, api_name: str) -> str:
    """Return the rule's name, which must be the only one in its account and Region.

    Args:
        name: Name of the component, with which the rule's name begins.
        api_name: Name of the API in AWS, of which the end is a hash.
    """
    end = hashlib.sha1(api_name.encode(), usedforsecurity=False).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - len(end) - 1]}-{end}"
