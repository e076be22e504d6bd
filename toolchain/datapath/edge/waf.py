"""AWS WAF: evaluates the rate-based rules and IP sets of web ACLs for requests to the edge.

Rules: "Using rate-based rule statements in AWS WAF", "IP set match rule statement" and "How AWS WAF handles rules and
rule groups in protection packs (web ACLs)" (AWS WAF Developer Guide).
"""

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from toolchain.datapath.edge.messages import Request
from toolchain.datapath.log import Remarks
from toolchain.datapath.part import Surroundings

DEFAULT_WINDOW_SECONDS: Final = 300
"""Evaluation window of a rate-based rule without one."""
MAXIMUM_ADDRESSES: Final = 10_000
"""Maximum number of counted addresses in all rules. AWS WAF limits up to this many addresses in one rate-based rule."""
_SCOPES: Final = ("REGIONAL", "CLOUDFRONT")


@dataclass(frozen=True, slots=True)
class Rule:
    """A supported rule of a web ACL."""

    name: str
    blocks: bool
    """Whether its action is Block. If it neither blocks nor allows, its action is Count."""
    allows: bool
    limit: int | None = None
    """Maximum number of an address's requests in the window; None for an IP set."""
    window_seconds: int = DEFAULT_WINDOW_SECONDS
    header: str | None = None
    """Name of the header with the address; None for the connection's address."""
    networks: tuple[str, ...] = ()
    """Networks of the IP set; empty for a rate-based rule."""


@dataclass(frozen=True, slots=True)
class WebAcl:
    """A web ACL."""

    arn: str
    rules: Sequence[Rule]
    """Supported rules, in order of priority."""
    blocks_by_default: bool
    unplayed: Sequence[str] = ()
    """One line for each rule that is not supported, for the log."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision of a web ACL about a request."""

    web_acl_arn: str
    allowed: bool
    rule: str = ""
    """Name of the rule that decided; empty for the default action."""


class Rates:
    """The number of each address's requests in each second of a window."""

    def __init__(self) -> None:
        self._counts: OrderedDict[tuple[str, str, str], deque[tuple[int, int]]] = OrderedDict()

    def count(self, key: tuple[str, str, str], window_seconds: int, now: float) -> int:
        """Count a request, and return the number of requests in the window, including this one.

        Args:
            key: Web ACL, rule and address.
            window_seconds: Length of the window.
            now: The time in seconds, from any clock that does not go back.
        """
        second = int(now)
        counts = self._counts.pop(key, None) or deque[tuple[int, int]]()
        while counts and counts[0][0] <= second - window_seconds:
            counts.popleft()
        if counts and counts[-1][0] == second:
            counts[-1] = (second, counts[-1][1] + 1)
        else:
            counts.append((second, 1))
        self._counts[key] = counts
        if len(self._counts) > MAXIMUM_ADDRESSES:
            self._counts.popitem(last=False)
        return sum(number for _, number in counts)


class WebAcls:
    """The web ACLs in the emulator, and the request counts of their rate-based rules.

    Args:
        surroundings: Objects that all parts in this process share.
        clock: Function that returns seconds since 1970.
    """

    def __init__(self, surroundings: Surroundings, *, clock: Callable[[], float] = time.time) -> None:
        self._control_plane = surroundings.control_plane
        self._remarks = Remarks(surroundings.say)
        self._clock = clock
        self._rates = Rates()
        self._acls: Mapping[str, WebAcl] = {}

    async def converge(self) -> None:
        """Read web ACLs and IP sets, and log each rule that is not supported once."""
        acls: dict[str, WebAcl] = {}
        for scope in _SCOPES:
            listed = (await self._control_plane.call("wafv2", "list_web_acls", Scope=scope))["WebACLs"]
            for each in listed:
                found = await self._control_plane.call(
                    "wafv2", "get_web_acl", Name=each["Name"], Id=each["Id"], Scope=scope
                )
                acl = web_acl(found["WebACL"], await self._ip_sets(found["WebACL"], scope))
                acls[acl.arn] = acl
        self._acls = acls
        self._remarks.tell(f"waf: {line}" for acl in acls.values() for line in acl.unplayed)

    def verdict(self, web_acl_arn: str, request: Request) -> Verdict | None:
        """Evaluate a web ACL for a request; None if there is no web ACL with this ARN.

        Args:
            web_acl_arn: ARN of the web ACL, as in the configuration of a stage or a distribution.
            request: The request, which is counted.
        """
        acl = self._acls.get(web_acl_arn)
        return None if acl is None else judge(acl, request, self._rates, self._clock())

    async def _ip_sets(self, given: Mapping[str, Any], scope: str) -> dict[str, tuple[str, ...]]:
        sets: dict[str, tuple[str, ...]] = {}
        for rule in given.get("Rules", ()):
            arn = rule["Statement"].get("IPSetReferenceStatement", {}).get("ARN")
            if arn is not None:
                *_, name, set_id = arn.split("/")
                found = await self._control_plane.call("wafv2", "get_ip_set", Name=name, Id=set_id, Scope=scope)
                sets[arn] = tuple(found["IPSet"]["Addresses"])
        return sets


def web_acl(given: Mapping[str, Any], ip_sets: Mapping[str, tuple[str, ...]]) -> WebAcl:
    """Make a web ACL from the response of GetWebACL.

    Args:
        given: ``WebACL`` of the response.
        ip_sets: ARN of an IP set -> its networks.
    """
    rules: list[Rule] = []
    unplayed: list[str] = []
    for each in sorted(given.get("Rules", ()), key=lambda rule: rule["Priority"]):
        rule = _rule(each, ip_sets)
        if rule is None:
            statement = next(iter(each["Statement"]), "")
            group = each["Statement"].get(statement, {}).get("Name")
            kind = f"{statement} {group}" if group else statement
            unplayed.append(f"{given['Name']}: the rule {each['Name']} ({kind}) is not played")
        else:
            rules.append(rule)
    return WebAcl(given["ARN"], tuple(rules), "Block" in given.get("DefaultAction", {}), tuple(unplayed))


def judge(acl: WebAcl, request: Request, rates: Rates, now: float) -> Verdict:
    """Evaluate a web ACL for a request: the first matching rule that blocks or allows, else the default action.

    Args:
        acl: The web ACL.
        request: The request.
        rates: Request counts, to which the request is added.
        now: The time in seconds, from any clock that does not go back.
    """
    for rule in acl.rules:
        address = _address(rule, request)
        if rule.limit is None:
            fits = _within(address, rule.networks)
        else:
            # Blocked requests are counted, too: an address is allowed again only when it has slowed down.
            fits = rates.count((acl.arn, rule.name, address), rule.window_seconds, now) > rule.limit
        if fits and (rule.blocks or rule.allows):
            return Verdict(acl.arn, allowed=rule.allows, rule=rule.name)
    return Verdict(acl.arn, allowed=not acl.blocks_by_default)


def _rule(given: Mapping[str, Any], ip_sets: Mapping[str, tuple[str, ...]]) -> Rule | None:
    action: Mapping[str, Any] = given.get("Action", {})
    if not action.keys() & {"Block", "Allow", "Count"}:
        return None
    rule = Rule(given["Name"], blocks="Block" in action, allows="Allow" in action)
    statement: Mapping[str, Any] = given["Statement"]
    rate: Mapping[str, Any] | None = statement.get("RateBasedStatement")
    ip_set: Mapping[str, Any] | None = statement.get("IPSetReferenceStatement")
    if rate is not None and "ScopeDownStatement" not in rate:
        kind = rate.get("AggregateKeyType", "IP")
        if kind not in {"IP", "FORWARDED_IP"}:
            return None
        header = rate.get("ForwardedIPConfig", {}).get("HeaderName") if kind == "FORWARDED_IP" else None
        window = int(rate.get("EvaluationWindowSec", DEFAULT_WINDOW_SECONDS))
        return Rule(rule.name, rule.blocks, rule.allows, limit=int(rate["Limit"]), window_seconds=window, header=header)
    if ip_set is not None and ip_set.get("ARN") in ip_sets:
        header = ip_set.get("IPSetForwardedIPConfig", {}).get("HeaderName")
        return Rule(rule.name, rule.blocks, rule.allows, header=header, networks=ip_sets[ip_set["ARN"]])
    return None


def _address(rule: Rule, request: Request) -> str:
    if rule.header is None:
        return request.client_address
    return (request.header(rule.header) or "").partition(",")[0].strip() or request.client_address


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        source = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(source in ipaddress.ip_network(each, strict=False) for each in networks)
