"""Section: what the stack tells the policy pack."""

from typing import Annotated, ClassVar

from configuration.values import AccountId, Section, matching

PathPattern = Annotated[
    str,
    matching(r"/\S*", "a path of the OpenAPI document without the base path, such as /health or /health/*"),
]


class Policy(Section):
    """What the policy pack is told about this stack."""

    root_only: ClassVar[frozenset[str]] = frozenset({"open_paths", "allowed_accounts"})

    open_paths: list[PathPattern] = []
    """Paths of the API that anybody may call, where the document says `security: []`; `*` stands for any text."""
    allowed_accounts: list[AccountId] = []
    """Other AWS accounts that resource policies and roles may name."""
