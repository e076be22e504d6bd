"""The lazily imported AWS package has the same content as the plain import, as the Pulumi SDK sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

# One process for each way of import writes the types as the Pulumi SDK sees them, by their full names.
DESCRIBE = """
import enum, inspect, json, pathlib, sys
from toolchain.lazy_imports import install
if sys.argv[2]:
    assert install("pulumi_aws", "pulumi-aws", pathlib.Path(sys.argv[2]))
import pulumi, pulumi_aws
from pulumi import _types

def described(value):
    if inspect.isclass(value):
        return {
            "class": f"{value.__module__}.{value.__qualname__}",
            "bases": [f"{base.__module__}.{base.__qualname__}" for base in value.__mro__],
            "members": sorted(vars(value)),
            "documentation": value.__doc__,
            "values": [member.value for member in value] if issubclass(value, enum.Enum) else None,
            "inputs": repr(_types.input_type_types(value)) if _types.is_input_type(value) else None,
            "outputs": repr(_types.output_type_types(value)) if _types.is_output_type(value) else None,
            "resource": repr(_types.resource_types(value)) if issubclass(value, pulumi.Resource) else None,
        }
    if inspect.isfunction(value):
        return {"function": f"{value.__module__}.{value.__qualname__}", "signature": str(inspect.signature(value))}
    return {"kind": type(value).__name__ if not inspect.ismodule(value) else "module"}

seen = {}
for service in json.loads(sys.argv[1]):
    package = getattr(pulumi_aws, service)
    for module in (package, package.outputs):
        for name in dir(module):
            if not name.startswith("__"):
                seen[f"{module.__name__}.{name}"] = described(getattr(module, name))
json.dump(seen, sys.stdout)
"""


def test_services_of_aws_are_the_same_in_both_ways(tmp_path):
    cache = tmp_path / "cache"
    services = ["apigateway", "elasticache", "kms", "lambda_", "s3"]

    def described(folder: str) -> dict[str, object]:
        command = [sys.executable, "-c", DESCRIBE, json.dumps(services), folder]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        return json.loads(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)

    plain = described("")

    assert len(plain) > 1000
    assert described(str(cache)) == plain
    assert described(str(cache)) == plain, "from the cache"
    assert list(cache.rglob("pulumi_aws.s3._inputs.parts"))
