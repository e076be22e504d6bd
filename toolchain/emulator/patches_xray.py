"""Patches of moto's X-Ray. moto's objects are practically untyped, hence Any."""

import json
from typing import Any

from moto.core.utils import unix_time
from moto.xray import urls
from moto.xray.responses import XRayResponse

from toolchain.emulator.patching import add


def keep_sampling_rules() -> None:
    """X-Ray's actions for sampling rules and tags. Reason: missing.

    The rules have no effect: the emulator records no traces. Not offered upstream: no internet here.
    """
    for name, implementation in vars(_Actions).items():
        if not name.startswith("_"):
            add(XRayResponse, name, implementation)
            action = name.title().replace("_", "")
            urls.url_paths[f"{{0}}/{action}$"] = XRayResponse.dispatch


class _Actions:
    """The actions, as methods of moto's response class."""

    def create_sampling_rule(self: Any) -> Any:
        rule = self._get_param("SamplingRule")
        name = rule["RuleName"]
        if name in _rules(self):
            return _refusal(f"The sampling rule {name} already exists.")
        arn = f"arn:{self.partition}:xray:{self.region}:{self.current_account}:sampling-rule/{name}"
        now = unix_time()
        kept: dict[str, Any] = {"Attributes": {}, **rule, "RuleARN": arn}
        _rules(self)[name] = {"SamplingRule": kept, "CreatedAt": now, "ModifiedAt": now}
        _tags(self)[arn] = list(self._get_param("Tags") or [])
        return json.dumps({"SamplingRuleRecord": _rules(self)[name]})

    def get_sampling_rules(self: Any) -> str:
        return json.dumps({"SamplingRuleRecords": list(_rules(self).values())})

    def update_sampling_rule(self: Any) -> Any:
        wanted = self._get_param("SamplingRuleUpdate")
        record = _rules(self).get(wanted["RuleName"])
        if record is None:
            return _refusal("Sampling rule does not exist.")
        record["SamplingRule"] |= wanted
        record["ModifiedAt"] = unix_time()
        return json.dumps({"SamplingRuleRecord": record})

    def delete_sampling_rule(self: Any) -> Any:
        record = _rules(self).pop(self._get_param("RuleName"), None)
        if record is None:
            return _refusal("Sampling rule does not exist.")
        _tags(self).pop(record["SamplingRule"]["RuleARN"], None)
        return json.dumps({"SamplingRuleRecord": record})

    def list_tags_for_resource(self: Any) -> str:
        return json.dumps({"Tags": _tags(self).get(self._get_param("ResourceARN"), [])})

    def tag_resource(self: Any) -> str:
        arn, added = self._get_param("ResourceARN"), self._get_param("Tags")
        kept = {tag["Key"]: tag["Value"] for tag in [*_tags(self).get(arn, []), *added]}
        _tags(self)[arn] = [{"Key": key, "Value": value} for key, value in kept.items()]
        return "{}"

    def untag_resource(self: Any) -> str:
        arn, removed = self._get_param("ResourceARN"), set(self._get_param("TagKeys"))
        _tags(self)[arn] = [tag for tag in _tags(self).get(arn, []) if tag["Key"] not in removed]
        return "{}"


def _refusal(message: str) -> tuple[str, dict[str, int]]:
    return json.dumps({"__type": "InvalidRequestException", "message": message}), {"status": 400}


def _rules(response: Any) -> dict[str, Any]:
    return response.xray_backend.__dict__.setdefault("sampling_rules", {})


def _tags(response: Any) -> dict[str, list[dict[str, str]]]:
    return response.xray_backend.__dict__.setdefault("tags_by_arn", {})
