"""Runs a Pulumi program on mocks and records everything that it registers.

Every output is awaited: `record` returns only when the program and all its registrations are done, and an
exception anywhere in the program is raised here.
"""

import asyncio
import gc
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar
from unittest.mock import patch

import pulumi
from pulumi.output import Unknown
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import resource as pulumi_resource
from pulumi.runtime import rpc, settings
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs
from pulumi.runtime.proto.source_pb2 import StackTrace
from pulumi.runtime.stack import run_pulumi_func

PROJECT = "spot-platform"

P = ParamSpec("P")
T = TypeVar("T")

# A recorded program has hundreds of thousands of objects that live until its end. With Python's default thresholds the
# garbage collector would traverse them again and again, which takes a quarter of the time of the tests.
gc.set_threshold(100_000, 20, 100)


@dataclass(frozen=True)
class Recorded:
    """One resource that the program registered.

    `inputs` has the engine's names (camelCase), with secrets unwrapped. `secret_inputs` has the names of the properties
    that were secret. `request` is the raw RegisterResourceRequest.
    """

    type: str
    name: str
    inputs: dict[str, Any]
    secret_inputs: frozenset[str]
    urn: str
    parent: str
    provider: str
    custom: bool
    protect: bool
    ignore_changes: tuple[str, ...]
    dependencies: frozenset[str]
    property_dependencies: dict[str, frozenset[str]]
    delete_before_replace: bool
    request: Any


@dataclass
class Recording:
    """All registrations of one run, in order, and the program's return value with every output resolved."""

    resources: list[Recorded] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """URN of a component -> the outputs that it registered."""
    calls: list[MockCallArgs] = field(default_factory=list)
    result: Any = None
    said: list[str] = field(default_factory=list)
    """What the program told its user with ``pulumi.log.info``; recorded for the whole program only."""
    documents_planned: int = 0
    """How often the program planned the import of an OpenAPI document; counted for the whole program only."""

    def all(self, type_: str) -> list[Recorded]:
        """Return the resources of a type, such as ``aws:ec2/vpc:Vpc`` or its last part, ``Vpc``."""
        return [r for r in self.resources if r.type == type_ or r.type.split(":")[-1] == type_]

    def one(self, type_: str, name: str | None = None) -> Recorded:
        """Return the only resource of a type (and of that name); fail the test if there is none or more than one."""
        found = [r for r in self.all(type_) if name is None or r.name == name]
        assert len(found) == 1, f"{len(found)} of {type_} {name or ''}: {[r.name for r in self.resources]}"
        return found[0]

    def unknown_inputs(self) -> list[str]:
        """Return the paths of recorded inputs that are still unknown, such as ``name.property[0]``."""
        return [f"{r.name}{path}" for r in self.resources for path in _unknown_paths(r.inputs)]


def _unknown_paths(value: Any, path: str = "") -> list[str]:
    if isinstance(value, Unknown):
        return [path]
    if isinstance(value, dict):
        return [p for k, v in value.items() for p in _unknown_paths(v, f"{path}.{k}")]
    if isinstance(value, list):
        return [p for i, v in enumerate(value) for p in _unknown_paths(v, f"{path}[{i}]")]
    return []


def _plain(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return _plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return value


class RecordingMonitor(MockMonitor):
    """Pulumi's mock of the engine's resource monitor, which also records every registration."""

    def __init__(self, mocks: pulumi.runtime.Mocks, recording: Recording) -> None:
        super().__init__(mocks)
        self.recording = recording

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        self.keep(request, response.urn)
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:
        self.recording.outputs[request.urn] = _plain(rpc.deserialize_properties(request.outputs, keep_unknowns=True))
        return super().RegisterResourceOutputs(request)

    def keep(self, request: Any, urn: str) -> None:
        """Record one registration."""
        if request.type == "pulumi:pulumi:Stack":
            return
        inputs = rpc.deserialize_properties(request.object, keep_unknowns=True)
        self.recording.resources.append(
            Recorded(
                type=request.type,
                name=request.name,
                inputs=_plain(inputs),
                secret_inputs=frozenset(k for k, v in inputs.items() if rpc.is_rpc_secret(v)),
                urn=urn,
                parent=request.parent,
                provider=request.provider,
                custom=request.custom,
                protect=request.protect,
                ignore_changes=tuple(request.ignoreChanges),
                dependencies=frozenset(request.dependencies),
                property_dependencies={k: frozenset(v.urns) for k, v in request.propertyDependencies.items()},
                delete_before_replace=request.deleteBeforeReplace,
                request=request,
            )
        )


class _Mocks(pulumi.runtime.Mocks):
    def __init__(self, recording: Recording, outputs: dict[str, dict[str, Any]], calls: dict[str, Any]) -> None:
        self._recording = recording
        self._outputs = outputs
        self._calls = calls

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        identifier = f"{args.name}-id"
        region = args.inputs.get("region", "us-east-1")
        kind = args.typ.split(":")[-1]
        given = {"arn": f"arn:aws:mock:{region}:123456789012:{kind}/{args.name}", "name": args.name}
        extra = self._outputs.get(args.typ, {}) | self._outputs.get(f"{args.typ} {args.name}", {})
        return identifier, {**given, **args.inputs, **extra}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self._recording.calls.append(args)
        if args.token not in self._calls:
            raise AssertionError(f"the program called {args.token}, which this test does not answer")
        return self._calls[args.token], None


def record(
    program: Callable[[], Any],
    *,
    stack: str = "test",
    preview: bool = False,
    outputs: dict[str, dict[str, Any]] | None = None,
    calls: dict[str, Any] | None = None,
) -> Recording:
    """Run `program` on mocks.

    Args:
        program: Makes resources. Its return value, with all outputs in it resolved, becomes `Recording.result`.
        stack: The stack's name.
        preview: Whether the engine says that this is a preview.
        outputs: Further output properties by resource type, or by type and name ("TYPE NAME"), for values that only
            AWS would know.
        calls: Answers by invoke token; an invoke without an answer fails the test.
    """
    recording = Recording()
    mocks = _Mocks(recording, outputs or {}, calls or {})
    return run(program, RecordingMonitor(mocks, recording), stack=stack, preview=preview)


def run(program: Callable[[], Any], monitor: RecordingMonitor, *, stack: str, preview: bool) -> Recording:
    """Run `program` with `monitor`, and wait until everything that it started is done."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = _AtOnce()
    loop.set_default_executor(executor)
    pulumi_mocks.set_mocks(monitor.mocks, project=PROJECT, stack=stack, preview=preview, monitor=monitor)

    async def resolved() -> None:
        monitor.recording.result = await pulumi.Output.from_input(program()).future()

    try:
        # The SDK sends where in the program each resource was created. No test reads that, and to find it takes a sixth
        # of a run of the whole program.
        with patch.object(pulumi_resource, "_get_stack_trace", StackTrace), _no_collections():
            loop.run_until_complete(run_pulumi_func(lambda: asyncio.ensure_future(resolved())))
    except BaseException:
        # The failure is raised here. Each output that waited for it would report it once more when it is garbage
        # collected, during some other test.
        _abandon(loop)
        raise
    finally:
        # The next program would await what a failed program leaves behind.
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        asyncio.set_event_loop(_IDLE_LOOP)
        executor.shutdown()
        loop.close()
    return monitor.recording


class _AtOnce(ThreadPoolExecutor):
    """Answers the SDK's requests when they are sent; the answers still reach the program in later turns of its loop.

    The SDK sends each request from a thread, so that it can wait for the engine. A mock does not wait. Threads would
    cost half of the time of a small program, and give the requests another order in each run.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run a function, and return a future that is done."""
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the program gets it
            done.set_exception(error)
        return done


@contextmanager
def _no_collections() -> Iterator[None]:
    """Collect no garbage: most objects of a program live until its end, and few of them need a collection to go."""
    were_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if were_enabled:
            gc.enable()


def _abandon(loop: asyncio.AbstractEventLoop) -> None:
    unfinished = asyncio.all_tasks(loop)
    for task in unfinished:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*unfinished, return_exceptions=True))
    loop.set_exception_handler(lambda *_: None)


_IDLE_LOOP = asyncio.new_event_loop()
"""The current event loop between two runs: hypothesis and Pulumi may ask for the current loop at any time."""
