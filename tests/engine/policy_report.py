"""Reads what the engine prints about the findings of a policy pack."""

import re


def reported(output: str) -> list[tuple[str, str, str]]:
    """Return level, policy and resource type of each line of the engine's report."""
    found = re.findall(
        r"- \[(\w+)\](?:  \[severity: \w+\]| \[severity: \w+\])?\s+([a-z0-9-]+)\s+\(([^ :]+:[^ ]+): ", output
    )
    return [(level, policy, resource) for level, policy, resource in found]
