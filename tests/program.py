"""Runs the whole program, `__main__.py`, on mocks that answer as AWS would, and records what it registers."""

import json
import re
import runpy
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from unittest.mock import Mock, patch

import pulumi
from pulumi.runtime import MockCallArgs, MockResourceArgs
from pulumi.runtime.config import CONFIG
from pulumi.runtime.proto.resource_pb2 import RegisterResourceResponse, ResourceInvokeResponse

from spot_planning.api import private_api
from tests.recording import Recording, RecordingMonitor, run
from tests.stack_files import PROJECT, ROOT, as_texts, stack_configuration, with_sections
from toolchain.offline import structs
from toolchain.offline.invokes import invoked
from toolchain.offline.schema import check_arguments, check_inputs
from toolchain.offline.values import created_outputs, planned_outputs

STACKS = ("local", "dev", "staging", "prod")
PUBLIC_IMAGE = "public.ecr.aws/shop/api@sha256:" + "0" * 64


@cache
def record_stack(stack: str, *, preview: bool = False) -> Recording:
    """Record what the program registers for a stack, with the stack's own file.

    Every input is checked against the installed pulumi-aws package: an input that the AWS provider would refuse fails
    here. In a preview, values that AWS computes are unknown. Otherwise they are made up in AWS's formats.
    """
    return record_changed(stack, preview=preview)


def record_changed(stack: str, *, preview: bool = False, **sections: Mapping[str, Any]) -> Recording:
    """Record a stack with changed values in some sections of its file; the recording is cached by configuration."""
    configuration = with_sections(stack_configuration(stack), sections)
    return _record_json(stack, json.dumps(configuration), preview=preview)


def record_with_options(stack: str, load_balancer_kind: str, *, preview: bool = False) -> Recording:
    """Record a stack with this kind of load balancer, and with the resources that a stack may have beside its own.

    With an application load balancer, the stack also has an image, and its API is below a path of the site and keeps
    its own domain name.
    """
    application = load_balancer_kind == "application"
    return record_changed(
        stack,
        preview=preview,
        service={"image": PUBLIC_IMAGE} if application else {},
        api={"load_balancer_kind": load_balancer_kind, **({"path_on_site": "/api"} if application else {})},
        vpc={"ipv6": True, "interface_endpoints": ["ecr.api"]},
        waf={"enabled": True},
    )


def record_on_one_domain(stack: str, *, preview: bool = False) -> Recording:
    """Record a stack with an image, and with its API below a path of the site and without a domain name of its own."""
    on_site = {"dns": {"api_domain": None}, "api": {"path_on_site": "/api"}}
    return record_changed(stack, preview=preview, service={"image": PUBLIC_IMAGE}, **on_site)


def record_with_image(stack: str, *, preview: bool = False) -> Recording:
    """Record a stack with an image of its own repository, so that the service has tasks and scaling."""
    return record_changed(stack, preview=preview, service={"image": image_of(stack)})


def record_for_emulator() -> Recording:
    """Record `local` as for an emulator, with an image of some registry."""
    endpoint, image = "http://127.0.0.1:4566", "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1"
    return record_changed("local", aws={"endpoint_url": endpoint}, service={"image": image})


@cache
def _record_json(stack: str, configuration: str, *, preview: bool) -> Recording:
    return record_program(stack, json.loads(configuration), preview=preview)


def image_of(stack: str) -> str:
    """Return an image in the repository that the recorded program makes for a stack, and in the stack's account."""
    account_id = stack_configuration(stack)[f"{PROJECT}:aws"]["account_id"]
    (name,) = {found["repository_name"] for found in record_stack(stack).outputs.values() if "repository_name" in found}
    return f"{account_id}.dkr.ecr.us-east-1.amazonaws.com/{name}@sha256:{'a' * 64}"


def record_program(stack: str, configuration: Mapping[str, Any], *, preview: bool = False) -> Recording:
    """Record what the program registers with this configuration; the result has the stack's outputs by name."""
    planning = Mock(wraps=private_api.build_import_document)
    said: list[str] = []

    def program() -> dict[str, Any]:
        exported: dict[str, Any] = {}
        export = pulumi.export

        def note(name: str, value: Any) -> None:
            exported[name] = value
            export(name, value)

        CONFIG.set(as_texts(configuration))
        with patch.object(pulumi, "export", note), patch.object(private_api, "build_import_document", planning):
            runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
        return exported

    with patch.object(pulumi.log, "info", said.append):
        recording = record_as_aws(program, stack=stack, preview=preview)
    recording.documents_planned = planning.call_count
    recording.said = said
    return recording


def record_as_aws(program: Callable[[], Any], *, stack: str = "test", preview: bool = False) -> Recording:
    """Run `program` on mocks that answer as AWS would, and check every input against the pulumi-aws package."""
    return run(program, _AwsMonitor(Recording(), preview=preview), stack=stack, preview=preview)


class _AwsMonitor(RecordingMonitor):
    """Answers with the values that the offline provider makes up, or with unknown values in a preview."""

    def __init__(self, recording: Recording, *, preview: bool) -> None:
        super().__init__(_NoMocks(), recording)
        self._preview = preview

    def RegisterResource(self, request: Any) -> Any:
        urn = self.make_urn(request.parent, request.type, request.name)
        self.keep(request, urn)
        if not request.type.startswith("aws:"):
            return RegisterResourceResponse(urn=urn, id=f"{request.name}-id", object=request.object)
        inputs = structs.from_struct(request.object)
        failures = check_inputs(request.type, inputs)
        assert not failures, f"{request.name}: {'; '.join(map(str, failures))}"
        if self._preview:
            identifier, outputs = "", planned_outputs(request.type, inputs)
        else:
            identifier, outputs = created_outputs(request.type, urn, inputs)
        return RegisterResourceResponse(urn=urn, id=identifier, object=structs.to_struct(outputs))

    def Invoke(self, request: Any) -> Any:
        arguments = structs.from_struct(request.args)
        failures = check_arguments(request.tok, arguments)
        assert not failures, f"{request.tok}: {'; '.join(map(str, failures))}"
        self.recording.calls.append(MockCallArgs(token=request.tok, args=arguments, provider=request.provider))
        region = re.search(r"::aws-([a-z0-9-]+)::", request.provider)
        assert region, f"{request.tok} uses no provider of the stack"
        answer = {"return": structs.to_struct(invoked(request.tok, arguments, region[1]))}
        return ResourceInvokeResponse(**answer)


class _NoMocks(pulumi.runtime.Mocks):
    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        raise AssertionError(f"the monitor answers for {args.name}")

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        raise AssertionError(f"the monitor answers {args.token}")
