import pytest

from toolchain.errors import NothingToDoError, ToolchainError
from toolchain.modes import Mode, Operation, choose, refuse_tls


def unexpected() -> bool:
    raise AssertionError("asked for something that this decision does not need")


@pytest.mark.parametrize(
    ("operation", "stack", "offline", "remembered", "plugin", "credentials", "expected"),
    [
        (Operation.UP, "local", None, None, True, None, Mode.EMULATOR),
        (Operation.UP, "local", None, None, False, None, Mode.OFFLINE),
        (Operation.UP, "local", None, Mode.OFFLINE, None, None, Mode.OFFLINE),
        (Operation.DESTROY, "local", None, Mode.EMULATOR, None, None, Mode.EMULATOR),
        (Operation.PREVIEW, "local", True, Mode.EMULATOR, None, None, Mode.OFFLINE),
        (Operation.PREVIEW, "prod", True, None, None, None, Mode.OFFLINE),
        (Operation.PREVIEW, "prod", None, None, None, False, Mode.OFFLINE),
        (Operation.PREVIEW, "prod", None, None, False, True, Mode.OFFLINE),
        (Operation.PREVIEW, "prod", None, None, True, True, Mode.AWS),
        (Operation.PREVIEW, "prod", False, None, None, True, Mode.AWS),
        (Operation.UP, "prod", None, None, None, True, Mode.AWS),
    ],
)
def test_choice(operation, stack, offline, remembered, plugin, credentials, expected):
    mode, reason = choose(
        operation,
        stack,
        offline=offline,
        remembered=remembered,
        plugin=unexpected if plugin is None else lambda: plugin,
        credentials=unexpected if credentials is None else lambda: credentials,
    )
    assert mode is expected
    assert reason


@pytest.mark.parametrize("operation", [o for o in Operation if o is not Operation.PREVIEW])
def test_offline_is_for_preview_only(operation):
    with pytest.raises(ToolchainError, match="--offline is for preview only"):
        choose(operation, "dev", offline=True, remembered=None, plugin=unexpected, credentials=unexpected)


@pytest.mark.parametrize(
    ("operation", "offline"), [(Operation.UP, None), (Operation.DESTROY, None), (Operation.PREVIEW, False)]
)
def test_without_credentials_nothing_but_an_offline_preview(operation, offline):
    with pytest.raises(ToolchainError, match="prod needs AWS credentials, and there are none"):
        choose(operation, "prod", offline=offline, remembered=None, plugin=unexpected, credentials=lambda: False)


@pytest.mark.parametrize(
    ("operation", "end"),
    [
        (Operation.UP, r"\(see 'aws configure'\); 'preview --offline' needs none"),
        (Operation.OUTPUTS, r"\(see 'aws configure'\)"),
        (Operation.DESTROY, r"\(see 'aws configure'\)"),
        (Operation.CHECK_STATE, r"; --file takes what 'pulumi stack export' printed, and needs none"),
    ],
)
def test_without_credentials_the_way_to_go_is_the_operations_own(operation, end):
    with pytest.raises(ToolchainError, match=rf"^{operation} of prod needs AWS credentials.*{end}$"):
        choose(operation, "prod", offline=None, remembered=None, plugin=unexpected, credentials=lambda: False)


@pytest.mark.parametrize(
    ("emulator", "remembered", "plugin", "expected"),
    [
        (False, None, None, Mode.OFFLINE),
        (False, Mode.OFFLINE, None, Mode.OFFLINE),
        (True, None, True, Mode.EMULATOR),
        (True, Mode.EMULATOR, None, Mode.EMULATOR),
    ],
)
def test_the_local_stack_runs_on_what_the_user_says(emulator, remembered, plugin, expected):
    mode, _ = choose(
        Operation.UP,
        "local",
        offline=None,
        emulator=emulator,
        remembered=remembered,
        plugin=unexpected if plugin is None else lambda: plugin,
        credentials=unexpected,
    )
    assert mode is expected


@pytest.mark.parametrize(
    ("stack", "offline", "emulator", "remembered", "message"),
    [
        ("prod", None, True, None, "--emulator and --no-emulator are for the local stack only"),
        ("local", True, True, None, "--emulator and --no-emulator are for the local stack only, without --offline"),
        ("local", None, True, None, "no emulator: the AWS provider plugin .* is not installed"),
        ("local", None, True, Mode.OFFLINE, "made with the offline provider, so it cannot go on with the emulator"),
        ("local", None, False, Mode.EMULATOR, "made with the emulator, so it cannot go on with the offline provider"),
    ],
)
def test_what_cannot_be_is_refused(stack, offline, emulator, remembered, message):
    with pytest.raises(ToolchainError, match=message):
        choose(
            Operation.PREVIEW,
            stack,
            offline=offline,
            emulator=emulator,
            remembered=remembered,
            plugin=lambda: False,
            credentials=unexpected,
        )


@pytest.mark.parametrize("operation", [Operation.REFRESH, Operation.REPAIR, Operation.OUTPUTS, Operation.CHECK_STATE])
def test_a_local_stack_that_is_not_there_starts_nothing(operation):
    with pytest.raises(
        ToolchainError, match=r"there is no local stack, so nothing to (refresh|repair|show|judge): 'up' makes"
    ):
        choose(operation, "local", offline=None, remembered=None, plugin=unexpected, credentials=unexpected)


def test_a_local_stack_that_is_not_there_is_destroyed_already():
    with pytest.raises(NothingToDoError, match=r"^There is no local stack, so nothing to destroy$"):
        choose(Operation.DESTROY, "local", offline=None, remembered=None, plugin=unexpected, credentials=unexpected)


def test_tls_is_for_the_local_stack_with_the_emulator():
    for tls in (True, False):
        with pytest.raises(ToolchainError, match="--tls and --no-tls are for the local stack only"):
            refuse_tls("prod", None, tls=tls)
    with pytest.raises(ToolchainError, match="--tls needs the emulator"):
        refuse_tls("local", Mode.OFFLINE, tls=True)
    refuse_tls("local", Mode.OFFLINE, tls=False)
    refuse_tls("local", Mode.EMULATOR, tls=True)
    refuse_tls("prod", Mode.AWS, tls=None)
