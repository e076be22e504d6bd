"""Makes HAProxy's configuration for a load balancer (HAProxy 2.6 Configuration Manual). It has no side effects."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from toolchain.datapath.balancer.plan import APPLICATION, Action, Listener, LoadBalancer, Rule, TargetGroup

CONNECT_SECONDS: Final = 5
MOST_CONNECTIONS: Final = 4000
INVALID_NAME: Final = "[^A-Za-z0-9-]"
"""Regular expression in names of headers that routing.http.drop_invalid_header_fields drops."""
PLACEHOLDERS: Final = {
    "#{protocol}": "http",
    "#{host}": "%[req.hdr(host),field(1,:)]",
    "/#{path}": "%[path]",
    "#{path}": "%[path]",
    "#{query}": "%[query]",
}
FETCHES: Final = {"path-pattern": "path", "host-header": "hdr(host),field(1,:),lower"}
"""Field of a condition -> HAProxy expression whose value is compared with the patterns."""

PROXY_PROTOCOL: Final = "send-proxy-v2"
"""Option of a server: a header of proxy protocol version 2."""
UNREACHED: Final = "{ status 503 } { srv_id -m found } !{ var(txn.answered) -m found }"
UNCHOSEN: Final = "!{ var(txn.rule) -m found }"
TRACE_ID: Final = "Root=1-%[date,hex,bytes(8,8),lower]-%[uuid,regsub(-,,g),bytes(0,24)]"
"""Trace id in the format of an Application Load Balancer ("Request tracing for your Application Load Balancer")."""


@dataclass(frozen=True)
class Server:
    """A target, as a server in HAProxy's configuration."""

    name: str
    """Name of the server; each registration of a target gets a new one."""
    port: int
    """Port of the target on 127.0.0.1."""
    is_ready: bool
    """Whether it gets new connections."""
    zone: str = ""
    """Availability Zone of the target; empty if it is not known."""
    weight: int = 1
    """Its share of new connections, beside the weights of the other servers: 1 to 256."""


Servers = Mapping[str, Sequence[Server]]
"""Target group's ARN -> its servers."""


def backend(target_group: str) -> str:
    """Return the name of a target group's backend."""
    return "group-" + re.sub(r"[^A-Za-z0-9-]", "-", target_group.split("targetgroup/", 1)[-1])


def configuration(
    balancer: LoadBalancer,
    groups: Mapping[str, TargetGroup],
    listening: Mapping[int, int],
    admin: str,
    servers: Servers,
) -> str:
    """Return the text of the configuration file.

    Args:
        balancer: The load balancer.
        groups: ARN -> target group that the load balancer forwards to.
        listening: Port of a listener in AWS -> number of its listening file descriptor.
        admin: Path of the socket for commands.
        servers: Servers at the start of HAProxy; later servers are added by command.
    """
    lines = [
        "global",
        f"    stats socket unix@{admin} mode 600 level admin",
        f"    hard-stop-after {balancer.idle_seconds}s",
        f"    maxconn {MOST_CONNECTIONS}",
        "defaults",
        f"    mode {'http' if balancer.kind == APPLICATION else 'tcp'}",
        f"    timeout connect {CONNECT_SECONDS}s",
        f"    timeout client {balancer.idle_seconds}s",
        f"    timeout server {balancer.idle_seconds}s",
        # A load balancer tries one target, once.
        "    retries 0",
    ]
    for listener in balancer.listeners:
        lines += _frontend(balancer, listener, listening[listener.port])
    for arn in balancer.target_groups():
        if arn in groups:
            lines += _backend(groups[arn], servers.get(arn, ()))
    return "\n".join(lines) + "\n"


def _frontend(balancer: LoadBalancer, listener: Listener, descriptor: int) -> list[str]:
    lines = [f"frontend listener-{listener.port}", f"    bind fd@{descriptor}"]
    if balancer.kind != APPLICATION:
        forwards = [rule.action.target_group for rule in listener.rules if not rule.conditions]
        return [*lines, *(f"    default_backend {backend(arn)}" for arn in forwards[:1])]
    lines += [
        f"    timeout http-keep-alive {balancer.idle_seconds}s",
        "    option forwardfor",
        "    http-request return status 405 if METH_TRACE",
        # A target that cannot be connected to gets 502 ("Troubleshoot your Application Load Balancers"), not 503.
        "    http-response set-var(txn.answered) bool(true)",
        f'    http-after-response set-status 502 reason "Bad Gateway" if {UNREACHED}',
        "    http-request set-header X-Forwarded-Proto http",
        f"    http-request set-header X-Forwarded-Port {listener.port}",
        f"    http-request set-header X-Amzn-Trace-Id {TRACE_ID} unless {{ req.hdr(X-Amzn-Trace-Id) -m found }}",
    ]
    if balancer.drops_invalid_headers:
        lines.append(f"    http-request del-header {quoted(INVALID_NAME)} -m reg")
    for number, rule in enumerate(listener.rules):
        lines += _rule(rule, number, listener.port)
    return lines


def _rule(rule: Rule, number: int, port: int) -> list[str]:
    """Return the lines that check one rule, and run its action if it is the first rule that matches.

    The number of the matching rule is stored in a variable, because HAProxy evaluates all http-request rules before
    all use_backend rules, so their order alone would not keep the order of the rules.
    """
    lines: list[str] = []
    names: list[str] = []
    for field, patterns in rule.conditions:
        names.append(f"rule-{number}-{field}")
        for pattern in patterns:
            lowered = pattern.lower() if field == "host-header" else pattern
            lines.append(f"    acl {names[-1]} {FETCHES[field]} -m reg {quoted(_regular(lowered))}")
    lines.append(f"    http-request set-var(txn.rule) int({number}) if {' '.join((UNCHOSEN, *names))}")
    return [*lines, f"    {_answer(rule.action, port)} if {{ var(txn.rule) -m int {number} }}"]


def _answer(action: Action, port: int) -> str:
    if action.kind == "forward":
        return f"use_backend {backend(action.target_group)}"
    if action.kind == "redirect":
        location = action.text.replace("#{port}", str(port))
        for placeholder, expression in PLACEHOLDERS.items():
            location = location.replace(placeholder, expression)
        return f"http-request redirect code {action.status} location {quoted(location)}"
    body = f" content-type {quoted(action.content_type)} string {quoted(action.text)}" if action.text else ""
    return f"http-request return status {action.status}{body}"


def _backend(group: TargetGroup, servers: Iterable[Server]) -> list[str]:
    lines = [f"backend {backend(group.arn)}", f"    balance {group.algorithm}"]
    if group.algorithm == "source":
        lines.append("    hash-type consistent")  # servers are added and removed at run time
    if group.sends_proxy_protocol:
        lines.append(f"    default-server {PROXY_PROTOCOL}")
    for server in servers:
        disabled = "" if server.is_ready else " disabled"
        lines.append(f"    server {server.name} 127.0.0.1:{server.port} weight {server.weight}{disabled}")
    return lines


def _regular(pattern: str) -> str:
    """Return the regular expression for a condition's pattern with ``*`` and ``?``."""
    parts = {"*": ".*", "?": "."}
    return "^" + "".join(parts.get(character) or re.escape(character) for character in pattern) + "$"


def quoted(text: str) -> str:
    """Return a text quoted for HAProxy's configuration (its manual, "Quoting and escaping")."""
    escaped = "".join(f"\\{character}" if character in '\\"$' else character for character in text)
    return '"' + escaped.replace("\r", "").replace("\n", "\\n") + '"'
