"""Loads the plugs of authorizers into the edge, and says which authorizers have none."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from toolchain.datapath.authorizers import VARIABLE, Authorizers, Plug, PlugError, loaded
from toolchain.datapath.edge.api_gateway.document import DeployedApi
from toolchain.datapath.log import Remarks

PLAYED_TYPES = frozenset({"request", "token"})
"""Types of authorizers that are Lambda functions."""


class Plugs:
    """The loaded plugs.

    Args:
        option: The file that names them; None for none.
        say: Function that writes a line into the log.
    """

    def __init__(self, option: Authorizers | None, say: Callable[[str], None]) -> None:
        self.by_name: dict[str, Plug] = {}
        """Name of an authorizer -> its plug. The object stays the same."""
        self._option = option
        self._say = say
        self._remarks = Remarks(say)
        self._version: tuple[int, int] | None = None

    def converge(self) -> None:
        """Load the plugs if they were chosen again."""
        if self._option is None or self._option.version() == self._version:
            return
        self._version = self._option.version()
        self.by_name.clear()
        for name, target in self._option.targets().items():
            try:
                self.by_name[name] = loaded(target)
            except PlugError as error:
                self._say(f"api gateway: the authorizer {name} is not played by {target}: {error}")
            else:
                self._say(f"api gateway: the authorizer {name} is played by {target}")

    def remark(self, apis: Iterable[DeployedApi]) -> None:
        """Say which authorizers have no plug, and which plugs have no authorizer.

        Args:
            apis: The deployed APIs.
        """
        known = {
            method.authorizer: api.authorizers.get(method.authorizer, {})
            for api in apis
            for methods in api.methods.values()
            for method in methods.values()
            if method.authorizer is not None
        }
        self._remarks.tell(f"api gateway: {line}" for line in unmatched(known, self.by_name))


def unmatched(authorizers: Mapping[str, Mapping[str, Any]], plugs: Mapping[str, Plug]) -> list[str]:
    """Return one sentence for each authorizer without a plug, and for each plug without an authorizer.

    Args:
        authorizers: Name -> authorizer of the deployed APIs.
        plugs: Name of an authorizer -> its plug.
    """
    without = [
        f"the authorizer {name} ({kind_of(authorizer)}) is not played: its methods answer 500"
        + (f"; {VARIABLE} can name a function for it" if kind_of(authorizer) in PLAYED_TYPES else "")
        for name, authorizer in sorted(authorizers.items())
        if name not in plugs or kind_of(authorizer) not in PLAYED_TYPES
    ]
    names = ", ".join(sorted(authorizers)) or "none"
    return without + [
        f"{VARIABLE} names the authorizer {name}, which no deployed API has; they have: {names}"
        for name in sorted(plugs.keys() - authorizers.keys())
    ]


def kind_of(authorizer: Mapping[str, Any]) -> str:
    """Return the type of an authorizer, such as ``token``."""
    return str(authorizer.get("type", authorizer.get("authtype", "")))
