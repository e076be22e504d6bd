"""The user that a container runs as."""

import re
from typing import Final

MAXIMUM_USER_ID: Final = 2**31 - 1
"""Highest id of a user or group with which a container runtime starts a process (moby/sys,
``user/user.go``, ``maxID``)."""
_USER: Final = re.compile(r"([1-9][0-9]*)(?::([1-9][0-9]*))?")


def is_user_other_than_root(user: str) -> bool:
    """Check for the number of a user other than root, perhaps with the number of a group other than root's.

    Args:
        user: ``1001`` or ``1001:1001``.
    """
    found = _USER.fullmatch(user)
    # Very long numbers cannot be converted, so the number of digits is compared first.
    return found is not None and all(
        len(number) <= len(str(MAXIMUM_USER_ID)) and int(number) <= MAXIMUM_USER_ID for number in found.groups("1")
    )
