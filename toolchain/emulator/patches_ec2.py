"""Patches of moto's EC2. Its objects are untyped in all but name, hence Any."""

from inspect import signature
from typing import Any

from moto.ec2.models.security_groups import SecurityGroupRule

from toolchain.emulator.patching import wrap


def read_descriptions_of_rules_back() -> None:
    """DescribeSecurityGroupRules. Reason: moto tells the description only of a rule that names addresses.

    One that names a security group or a prefix list loses its own, so that every preview after a refresh shows a
    change. Not offered upstream: no internet here.
    """

    def initialising(initialise: Any) -> Any:
        def initialised(self: Any, *arguments: Any, **named: Any) -> None:
            initialise(self, *arguments, **named)
            bound: dict[str, Any] = signature(initialise).bind(self, *arguments, **named).arguments
            for given in (bound.get("source_group"), bound.get("prefix_list_id")):
                if given and "Description" in given:
                    # where ModifySecurityGroupRules writes it too, whatever the rule names
                    self.ip_range["Description"] = given["Description"]

        return initialised

    wrap(SecurityGroupRule, "__init__", initialising)
