"""A session for a stack's AWS: its Region, account and endpoint, and the errors when it cannot be opened."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import exceptions as botocore_exceptions
from botocore.stub import Stubber
from moto.server import ThreadedMotoServer

from ops import aws
from ops.aws_errors import errors_of_aws
from ops.cli import main
from ops.errors import AwsError, BusyError, OperationError
from toolchain.emulator.process import Emulator
from toolchain.errors import ToolchainError

OUTPUTS = {"region": "eu-west-1", "account_id": "123456789012", "site_bucket_name": "site", "secret": "[secret]"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Outputs of the stacks in a test; the test may change them."""
    exported: dict[str, Any] = dict(OUTPUTS)
    monkeypatch.setattr(aws, "stack_outputs", lambda stack: exported)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return exported


@pytest.fixture
def logged_in(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)


def test_a_stack_in_aws_is_reached_with_the_credentials_of_the_shell(outputs: Any, logged_in: None) -> None:
    session = aws.connect("dev")
    assert (session.region, session.account_id, session.endpoint_url) == ("eu-west-1", "123456789012", None)
    assert session.caller == "user/moto"
    assert not session.is_local
    assert session.output("site_bucket_name") == "site"
    assert session.client("s3").meta.region_name == "eu-west-1"
    assert session.client("cloudwatch", region="us-east-1").meta.region_name == "us-east-1"


def test_credentials_of_another_account_are_refused(outputs: Any, logged_in: None) -> None:
    outputs["account_id"] = "111122223333"
    with pytest.raises(ValueError, match=r"stack=prod: .* of account 123456789012, and the stack is in 111122223333"):
        aws.connect("prod")


@pytest.mark.parametrize("name", ["region", "account_id"])
def test_a_stack_that_does_not_say_where_it_is_has_to_be_updated(outputs: Any, logged_in: None, name: str) -> None:
    del outputs[name]
    with pytest.raises(ValueError, match=f"stack=dev exports no {name}: run `make up STACK=dev`, or wait"):
        aws.connect("dev")


def test_an_output_that_is_not_there_is_named(outputs: Any, logged_in: None) -> None:
    with pytest.raises(ValueError, match="stack=dev exports no cluster_name"):
        aws.connect("dev").output("cluster_name")


def test_the_local_stack_is_its_emulator_whatever_the_shell_is_logged_in_to(
    outputs: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(aws, "ROOT", tmp_path)
    emulator = Emulator(tmp_path / ".platform" / "local")
    started = emulator.start()
    try:
        for name, value in {
            "AWS_PROFILE": "a-profile-that-is-not-there",
            "AWS_ACCESS_KEY_ID": "real",
            "AWS_SECRET_ACCESS_KEY": "real",
            "AWS_SESSION_TOKEN": "real",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
            "AWS_USE_FIPS_ENDPOINT": "true",
            "HTTP_PROXY": "http://127.0.0.1:1",
            "http_proxy": "http://127.0.0.1:1",
        }.items():
            monkeypatch.setenv(name, value)
        session = aws.connect("local")
        assert (session.endpoint_url, session.is_local) == (started, True)
        s3 = session.client("s3")
        s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["site"]
        assert session.session.get_credentials().access_key == "test"
    finally:
        emulator.stop()
    with pytest.raises(ValueError, match=r"stack=local: its emulator is not running, .*: `make up`"):
        aws.connect("local")


@pytest.mark.parametrize(
    ("mode", "message"),
    [("offline", "made with the offline provider"), ("emulator", "is not running"), ("neither", "must hold")],
)
def test_a_local_stack_that_answers_nothing_says_so(
    outputs: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str, message: str
) -> None:
    monkeypatch.setattr(aws, "ROOT", tmp_path)
    folder = tmp_path / ".platform" / "local"
    folder.mkdir(parents=True)
    (folder / "mode").write_text(mode)
    with pytest.raises(ValueError, match=message):
        aws.connect("local")


def refused(operation: str, arguments: dict[str, Any], code: str, message: str, service: str = "s3") -> AwsError:
    client = aws.make_client(
        boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing"), service, "us-east-1", None
    )
    method = {"PutObject": "put_object", "HeadObject": "head_object", "CreateInvalidation": "create_invalidation"}
    with Stubber(client) as stub:
        stub.add_client_error(method[operation], service_error_code=code, service_message=message)
        with pytest.raises(AwsError) as raised, errors_of_aws():
            getattr(client, method[operation])(**arguments)
    assert "\n" not in str(raised.value)
    assert raised.value.exit_code == 3
    assert raised.value.code == code
    return raised.value


OBJECT = {"Bucket": "site", "Key": "index.html"}
INVALIDATION = {
    "DistributionId": "E1",
    "InvalidationBatch": {"Paths": {"Quantity": 1, "Items": ["/"]}, "CallerReference": "r"},
}


@pytest.mark.parametrize(
    ("code", "message", "told"),
    [
        ("ExpiredToken", "The provided token has expired.", "have expired (ExpiredToken): log in"),
        (
            "InvalidAccessKeyId",
            "The key does not exist",
            "does not accept the credentials (InvalidAccessKeyId): log in",
        ),
        ("AccessDenied", "Access Denied", "the credentials may not do s3:PutObject: let them"),
        (
            "AccessDenied",
            (
                "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: kms:GenerateDataKey on resource: "
                "arn:aws:kms:us-east-1:1:key/2 because no identity-based policy allows the action"
            ),
            "may not do kms:GenerateDataKey on arn:aws:kms:us-east-1:1:key/2: let them",
        ),
        (
            "SlowDown",
            "Please reduce your request rate.",
            "AWS throttled s3:PutObject 1 times (SlowDown): wait a minute",
        ),
        ("RequestTimeTooSkewed", "too large", "this machine's clock differs"),
        ("NoSuchBucket", "The specified bucket does not exist", "`python -m toolchain up` makes it again"),
        ("InternalError", "We\nare\nsorry.", "s3:PutObject: We are sorry (InternalError)"),
    ],
)
def test_a_refusal_is_one_line_with_what_to_do(code: str, message: str, told: str) -> None:
    assert told in str(refused("PutObject", OBJECT, code, " ".join(message.split())))


def test_a_refusal_names_the_action_as_iam_calls_it() -> None:
    assert "may not do s3:GetObject" in str(refused("HeadObject", OBJECT, "403", "Forbidden"))
    told = str(refused("CreateInvalidation", INVALIDATION, "AccessDenied", "no", "cloudfront"))
    assert "may not do cloudfront:CreateInvalidation" in told


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (botocore_exceptions.NoCredentialsError(), "there are no AWS credentials that work"),
        (botocore_exceptions.ProfileNotFound(profile="dev"), "there are no AWS credentials that work"),
        (botocore_exceptions.UnauthorizedSSOTokenError(), "there are no AWS credentials that work"),
        (botocore_exceptions.EndpointConnectionError(endpoint_url="http://x"), "AWS does not answer"),
        (botocore_exceptions.ReadTimeoutError(endpoint_url="http://x"), "AWS does not answer"),
        (botocore_exceptions.ParamValidationError(report="a\nb"), "Parameter validation failed: a b"),
    ],
)
def test_no_answer_is_one_line_too(error: Exception, told: str) -> None:
    with pytest.raises(AwsError, match=told), errors_of_aws():
        raise error


def test_without_credentials_the_user_is_told_to_log_in(outputs: Any) -> None:
    with pytest.raises(AwsError, match=r"there are no AWS credentials that work .*: log in"), errors_of_aws():
        aws.connect("dev")


def test_ctrl_c_says_what_holds_now() -> None:
    with (
        pytest.raises(OperationError, match="interrupted; the site is as before") as raised,
        errors_of_aws(interrupted="the site is as before"),
    ):
        raise KeyboardInterrupt
    assert raised.value.exit_code == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_of_a_ci_system_counts_as_ctrl_c_unless_it_is_ignored(number: signal.Signals) -> None:
    before = signal.signal(number, signal.SIG_DFL)
    try:
        with pytest.raises(OperationError, match="interrupted; go on") as raised, errors_of_aws("go on"):
            signal.raise_signal(number)
        assert raised.value.exit_code == 130
        assert signal.getsignal(number) is signal.SIG_DFL
        signal.signal(number, signal.SIG_IGN)
        with errors_of_aws("go on"):
            signal.raise_signal(number)
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize(
    ("error", "code"),
    [(BusyError("wait\nfor it"), 4), (OperationError("no"), 1), (ToolchainError("mode must hold\naws"), 2)],
)
def test_the_command_line_ends_with_the_code_of_the_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr("ops.cli.application", lambda group: fail())
    assert main([]) == code
    assert capsys.readouterr().err == f"error: {' '.join(str(error).split())}\n"
