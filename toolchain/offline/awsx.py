"""The offline replacement of ``pulumi-resource-awsx``, started with the engine's address as its argument.

It supports only ``awsx:ecr:Image``: it builds and pushes nothing, and returns a made-up digest.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.output import UNKNOWN
from pulumi.runtime.proto import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from . import model, package, schema, structs
from .announcement import Announcement
from .invokes import UnsupportedFunctionError
from .plugin import serve
from .server import answering

IMAGE = "awsx:ecr:Image"
_DISTRIBUTION = "pulumi_awsx"


def image_failures(inputs: dict[str, Any]) -> list[schema.Failure]:
    """Check an image's arguments against the installed pulumi-awsx package; return the failures."""
    body = package.class_body(package.text("ecr", "image.py", _DISTRIBUTION), "ImageArgs:") or ""
    declared = model.declared_properties(package.properties(body), "ecr")
    return list(schema.check_properties(declared, inputs))


def image_uri(name: str, inputs: dict[str, Any]) -> Any:
    """Return the image's reference by digest; unknown if an input is unknown.

    A preview returns it too, because otherwise every unchanged image would look replaced.
    """
    if structs.has_unknown(inputs):
        return UNKNOWN
    plain = structs.revealed(inputs)
    content = json.dumps([name, plain], sort_keys=True, default=str)
    return f"{plain['repositoryUrl']}@sha256:{hashlib.sha256(content.encode()).hexdigest()}"


class OfflineAwsx(provider_pb2_grpc.ResourceProviderServicer):
    """The awsx provider, for images only."""

    @answering
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    @answering
    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return plugin_pb2.PluginInfo(version=package.version(_DISTRIBUTION))

    @answering
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return provider_pb2.CheckResponse(inputs=request.news)

    @answering
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @answering
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @answering
    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return empty_pb2.Empty()

    @answering
    def Construct(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        if request.type != IMAGE:
            raise UnsupportedFunctionError(f"the offline awsx provider knows {IMAGE} only, not {request.type}")
        inputs = structs.from_struct(request.inputs)
        failures = image_failures(inputs)
        if failures:
            raise ValueError(f"{IMAGE} {request.name!r}: " + "; ".join(str(failure) for failure in failures))
        with grpc.insecure_channel(request.monitorEndpoint) as channel:
            monitor: Any = resource_pb2_grpc.ResourceMonitorStub(channel)  # generated without types
            urn = monitor.RegisterResource(_registration(request)).urn
            outputs = {"imageUri": image_uri(request.name, inputs)}
            state = structs.to_struct(outputs)
            monitor.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=urn, outputs=state))
        response = provider_pb2.ConstructResponse(urn=urn, state=state)
        response.stateDependencies["imageUri"].urns.extend(_all_urns(request))
        return response


def _registration(request: Any) -> resource_pb2.RegisterResourceRequest:
    registration = resource_pb2.RegisterResourceRequest(
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=False,
        object=request.inputs,
        dependencies=request.dependencies,
        aliases=request.aliases,
        providers=request.providers,
        acceptSecrets=True,
    )
    if request.HasField("protect"):
        registration.protect = request.protect
    return registration


def _all_urns(request: Any) -> Iterable[str]:
    return dict.fromkeys(urn for of_input in request.inputDependencies.values() for urn in of_input.urns)


def _add(server: grpc.Server, _announcement: Announcement) -> None:
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(OfflineAwsx(), server)


if __name__ == "__main__":
    serve(_add)
