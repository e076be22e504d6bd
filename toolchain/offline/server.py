"""Implements the engine's plugin protocol; pure functions in other modules make all decisions."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from . import diff, invokes, model, package, peers, schema, structs, values
from .announcement import Announcement
from .checks import Naming, Provider, checked_inputs
from .configuration import configuration_failures, provider

_Method = TypeVar("_Method", bound=Callable[..., Any])

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def answering(method: _Method) -> _Method:
    """Turn each exception of a method into a one-line gRPC error, so that the engine always gets an answer."""

    @functools.wraps(method)
    def answer(self: Any, request: Any, context: grpc.ServicerContext) -> Any:
        if _is_refused(context.peer()):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, "this plugin serves the user who started it only")
        try:
            return method(self, request, context)
        except invokes.UnsupportedFunctionError as error:
            context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))
        except Exception as error:  # noqa: BLE001 - the engine must get an answer for every error
            about = getattr(request, "urn", "") or getattr(request, "tok", "")
            line = " ".join(str(error).split())
            context.abort(
                grpc.StatusCode.INTERNAL,
                f"offline AWS provider: {method.__name__} of {about}: {type(error).__name__}: {line}",
            )

    return answer  # pyright: ignore[reportReturnType] - the same signature, but functools.wraps cannot say so


@functools.cache
def _is_refused(peer: str) -> bool:
    """Check whether a peer belongs to another user; cached, because the engine keeps one connection."""
    port = peers.port_of(peer)
    return port is not None and peers.is_refused(port)


def _type(urn: str) -> str:
    """Return the resource's own type from a URN, without the types of its parents."""
    return urn.split("::")[2].rpartition("$")[2]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _failures(failures: list[schema.Failure]) -> list[provider_pb2.CheckFailure]:
    # The engine looks the property up by name and prints <nil> for a path, so the reason states the path.
    return [provider_pb2.CheckFailure(property="", reason=str(failure)) for failure in failures]


class OfflineProvider(provider_pb2_grpc.ResourceProviderServicer):
    """An instance of the AWS provider. Each instance is its own process and is configured once."""

    def __init__(self, announcement: Announcement) -> None:
        self._announcement = announcement
        self._provider = provider({})

    @property
    def provider(self) -> Provider:
        """The settings of this instance for its resources."""
        return self._provider

    @answering
    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=False, supports_autonaming_configuration=True
        )

    @answering
    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return plugin_pb2.PluginInfo(version=package.version())

    @answering
    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        self._announcement.engine_address = request.address
        return empty_pb2.Empty()

    @answering
    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return empty_pb2.Empty()  # no operation here takes long enough to be cancelled

    @answering
    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        failures = configuration_failures(structs.from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(failures))

    @answering
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        old, new = structs.from_struct(request.olds), structs.from_struct(request.news)
        return _diff_response(diff.difference("pulumi:providers:aws", old, {**new, "region": old.get("region")}))

    @answering
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        self._provider = provider(structs.from_struct(request.args))
        self._announcement.make()
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=False,
            supports_autonaming_configuration=True,
        )

    @answering
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        inputs, failures = checked_inputs(
            _type(request.urn),
            _name(request.urn),
            structs.from_struct(request.olds),
            structs.from_struct(request.news),
            provider=self._provider,
            naming=_naming(request),
        )
        return provider_pb2.CheckResponse(inputs=structs.to_struct(inputs), failures=_failures(failures))

    @answering
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        new = structs.from_struct(request.news)
        return _diff_response(diff.difference(_type(request.urn), _old_inputs(request), new))

    @answering
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        token, inputs = _type(request.urn), structs.from_struct(request.properties)
        if request.preview:
            planned = values.planned_outputs(token, inputs)
            return provider_pb2.CreateResponse(properties=structs.to_struct(planned))
        identifier, outputs = values.created_outputs(
            token, request.urn, inputs, self._provider.place.region, self._provider.place.account
        )
        return provider_pb2.CreateResponse(id=identifier, properties=structs.to_struct(outputs))

    @answering
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        state = structs.from_struct(request.properties)
        if not request.inputs.fields:
            # An existing resource is read by its id; the program may have given some of its properties.
            token = _type(request.urn)
            known = values.imported_outputs(token, request.urn, request.id, state, self._provider.place)
            state = {**known, **state}
        return provider_pb2.ReadResponse(id=request.id, properties=structs.to_struct(state), inputs=request.inputs)

    @answering
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        outputs = values.updated_outputs(
            _type(request.urn),
            request.urn,
            request.id,
            old_inputs=_old_inputs(request),
            old_outputs=structs.from_struct(request.olds),
            inputs=structs.from_struct(request.news),
            place=self._provider.place,
        )
        return provider_pb2.UpdateResponse(properties=structs.to_struct(outputs))

    @answering
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        return empty_pb2.Empty()

    @answering
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: ARG002, D102, N802
        arguments = structs.from_struct(request.args)
        failures = schema.check_arguments(request.tok, arguments)
        if failures:
            return provider_pb2.InvokeResponse(failures=_failures(failures))
        place = self._provider.place
        results = invokes.invoked(request.tok, arguments, place.region, place.account)
        if request.tok == "aws:index/getDefaultTags:getDefaultTags":
            results["tags"] = self._provider.default_tags
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(structs.to_struct(results))  # a keyword in Python
        return response


def _naming(request: Any) -> Naming:
    if not request.HasField("autonaming"):
        return Naming(seed=request.randomSeed)
    options = provider_pb2.CheckRequest.AutonamingOptions
    disabled = request.autonaming.mode == options.DISABLE
    return Naming(
        seed=request.randomSeed,
        proposed=None if disabled else request.autonaming.proposed_name,
        disabled=disabled,
    )


def _old_inputs(request: Any) -> dict[str, Any]:
    """Return the inputs of the last deployment; if the state has none, the outputs that are also inputs."""
    old = structs.from_struct(request.old_inputs)
    if old:
        return old
    resource = model.resource(_type(request.urn))
    outputs = structs.from_struct(request.olds)
    return {key: value for key, value in outputs.items() if resource is None or key in resource.inputs}


def _diff_response(difference: diff.Difference) -> provider_pb2.DiffResponse:
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if difference.changes else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=difference.replaced_properties,
        diffs=difference.changed_properties,
        deleteBeforeReplace=difference.delete_first,
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces], inputDiff=True)
            for change in difference.changes
        },
        hasDetailedDiff=True,
    )
