"""The operation ``python -m ops openapi``."""

import json
import os
import re
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ops import cli
from ops.openapi.commands import app
from spot_planning.api.settings import ImportSettings
from tests.golden_openapi import GOLDEN, ROOT

EXAMPLE = str(ROOT / "examples" / "halalsphere-openapi.yaml")
runner = CliRunner()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.yaml"
    text = Path(EXAMPLE).read_text(encoding="utf-8")
    path.write_text(text.replace("/health/live:", "/health/~live:"), encoding="utf-8")
    return path


def test_build_writes_the_import_document(tmp_path: Path) -> None:
    output = tmp_path / "import.json"
    arguments = ["build", EXAMPLE, "-o", str(output), "--cors-origin", "https://app.example.com"]
    result = runner.invoke(app, arguments)
    assert result.exit_code == 0
    expected = json.loads((GOLDEN / "example.expected.json").read_text(encoding="utf-8"))["document"]
    assert json.loads(output.read_text(encoding="utf-8")) == expected
    assert "111 operations and 79 added; 87 resources" in result.stderr
    assert not result.stdout


def test_build_prints_the_import_document_alone() -> None:
    result = runner.invoke(app, ["build", EXAMPLE, "--proxy", "only"])
    assert sorted(json.loads(result.stdout)["paths"]) == ["/", "/{proxy+}"]


def test_check_lists_findings() -> None:
    result = runner.invoke(app, ["check", EXAMPLE])
    assert result.exit_code == 0
    assert "open-operation" in result.stdout
    assert "... and 2 more" in result.stdout
    assert "... and" not in runner.invoke(app, ["check", EXAMPLE, "--all", "--no-specification"]).stdout


def test_check_strict_fails_on_warnings() -> None:
    assert runner.invoke(app, ["check", EXAMPLE, "--no-api-key", "--strict", "--no-specification"]).exit_code == 1


def test_a_pipe_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    for command in (["check", str(path)], ["build", str(path)], ["diff", EXAMPLE, str(path)]):
        assert cli.main(["openapi", *command]) == 2
        assert capsys.readouterr().err == f"error: {path}: it is no regular file\n"


def test_check_fails_on_refusals(broken: Path) -> None:
    result = runner.invoke(app, ["check", str(broken), "--format", "json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    refusals = [each for each in report["findings"] if each["severity"] == "refusal"]
    assert [(each["code"], each["location"]) for each in refusals] == [("path", "paths./health/~live")]
    assert report["usage"] is None


def test_check_holds_against_the_whole_specification(tmp_path: Path) -> None:
    document = yaml.safe_load(Path(EXAMPLE).read_text(encoding="utf-8"))
    document["paths"]["/users"]["get"]["operationId"] = "listCompanies"
    path = tmp_path / "document.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    result = runner.invoke(app, ["check", str(path), "--format", "json"])
    # A warning only, because a build accepts it: a check refuses only what a build refuses.
    assert result.exit_code == 0
    (found,) = [each for each in json.loads(result.stdout)["findings"] if each["code"] == "specification"]
    assert (found["severity"], found["location"]) == ("warning", "paths./users.get")
    assert "listCompanies" in found["message"]
    unchecked = runner.invoke(app, ["check", str(path), "--format", "json", "--no-specification"])
    assert "listCompanies" not in unchecked.stdout


def test_check_holds_against_the_meta_schema_in_any_case(tmp_path: Path) -> None:
    document = yaml.safe_load(Path(EXAMPLE).read_text(encoding="utf-8"))
    document["paths"]["/health"]["get"]["parameterz"] = []
    path = tmp_path / "document.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    result = runner.invoke(app, ["check", str(path), "--format", "json", "--no-specification"])
    assert result.exit_code == 1
    refusals = [each for each in json.loads(result.stdout)["findings"] if each["severity"] == "refusal"]
    assert [(each["code"], each["location"]) for each in refusals] == [
        ("specification", "paths./health.get.parameterz")
    ]


def test_diff(tmp_path: Path) -> None:
    new = tmp_path / "new.yaml"
    text = Path(EXAMPLE).read_text(encoding="utf-8").replace("/health/live:", "/health/alive:")
    new.write_text(text, encoding="utf-8")
    result = runner.invoke(app, ["diff", EXAMPLE, str(new)])
    assert result.exit_code == 0
    assert "2 changes, 1 of them breaking" in result.stdout
    assert runner.invoke(app, ["diff", EXAMPLE, str(new), "--fail-on-breaking"]).exit_code == 1
    assert runner.invoke(app, ["diff", EXAMPLE, EXAMPLE, "--fail-on-breaking"]).exit_code == 0
    changes = json.loads(runner.invoke(app, ["diff", EXAMPLE, str(new), "--format", "json"]).stdout)
    assert [each["path"] for each in changes["changes"]] == ["/health/alive", "/health/live"]


def test_standard_input() -> None:
    result = runner.invoke(app, ["build", "-"], input=Path(EXAMPLE).read_bytes())
    assert json.loads(result.stdout)["info"]["title"] == "HalalSphere API"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "missing.yaml"], "error: missing.yaml: No such file or directory"),
        (["build", "."], "error: .: Is a directory"),
        (["build", "BROKEN"], "paths./health/~live: the segment ~live has characters"),
        (["check", "SYNTAX"], "line 2, column 1: did not find expected"),
        (["diff", "SYNTAX", EXAMPLE], "line 2, column 1"),
        (
            ["build", EXAMPLE, "--load-balancer-kind", "application"],
            "error: --integration-target is needed with a VPC link of version 2",
        ),
        (
            ["build", EXAMPLE, "--cors-credentials", "--cors-origin", "*", "--vpc-link-version", "2"],
            "a list of cors_allowed_origins; --integration-target is needed with a VPC link of version 2",
        ),
        (["build", EXAMPLE, "--resource-quota", "10"], "the quota is 10"),
    ],
    ids=lambda value: " ".join(value)[-40:] if isinstance(value, list) else "",
)
def test_errors_of_the_user_are_one_line(
    arguments: list[str], message: str, broken: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    syntax = tmp_path / "syntax.yaml"
    syntax.write_text("a: [1\n", encoding="utf-8")
    places = {"BROKEN": str(broken), "SYNTAX": str(syntax)}
    code = cli.main(["openapi", *(places.get(argument, argument) for argument in arguments)])
    captured = capfd.readouterr()
    assert code == 2
    assert captured.err.startswith("error: ")
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert not captured.out


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "document.yaml"
    path.write_text('"openapi": "3.0.0\\e[31m"', encoding="utf-8")
    assert cli.main(["openapi", "build", str(path)]) == 2
    assert "\x1b" not in capfd.readouterr().err


def _write(path: Path, paths: dict[str, object]) -> str:
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}
    path.write_text(json.dumps(document), encoding="utf-8")
    return str(path)


def test_tables_hold_no_control_characters(tmp_path: Path) -> None:
    answers = {"get": {"responses": {"200": {"description": ""}}}}
    odd = _write(tmp_path / "odd.json", {"/a\x1b[31mb": answers, "/x": {**answers, "x\x1b]0;t\x07y": 1}})
    plain = _write(tmp_path / "plain.json", {"/x": answers})
    for arguments in (["check", odd], ["diff", odd, plain], ["diff", plain, odd]):
        assert "\x1b" not in runner.invoke(app, arguments).stdout


def test_a_table_has_an_end(tmp_path: Path) -> None:
    path = _write(tmp_path / "many.json", {f"/a~{number}": {} for number in range(500)})
    result = runner.invoke(app, ["check", path])
    assert "... and 495 more messages of the code path; --all lists" in result.stdout
    assert "a~499" in runner.invoke(app, ["check", path, "--all"]).stdout
    assert len(json.loads(runner.invoke(app, ["check", path, "--format", "json"]).stdout)["findings"]) == 500


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["build", EXAMPLE, "--timeout", "29001"],
            "error: --timeout 29001 is not allowed; allowed: 50 to 29000",
        ),
        (["diff", EXAMPLE, "SWAGGER"], "swagger: Swagger 2.0 is not read"),
    ],
)
def test_more_errors_of_the_user(
    arguments: list[str], message: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    swagger = tmp_path / "swagger.yaml"
    swagger.write_text("swagger: '2.0'\npaths: {}\n", encoding="utf-8")
    assert cli.main(["openapi", *(str(swagger) if each == "SWAGGER" else each for each in arguments)]) == 2
    captured = capfd.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("command", ["build", "check"])
def test_the_options_are_those_of_the_settings(command: str) -> None:
    told = runner.invoke(app, [command, "--help"], env={"COLUMNS": "400", "TERM": "dumb"}).stdout
    flags = set(re.findall(r"--[a-z-]+", told))
    assert {f"--{field.name.replace('_', '-')}" for field in fields(ImportSettings)} - flags == {
        "--api-key-required",
        "--cors-allow-credentials",
        "--cors-allowed-headers",
        "--cors-allowed-origins",
        "--integration-timeout-milliseconds",
        "--integration-timeout-quota-milliseconds",
    }
    assert {
        "--api-key",
        "--cors-credentials",
        "--cors-header",
        "--cors-origin",
        "--timeout",
        "--timeout-quota",
    } <= flags
    assert {"--integration-target", "--resource-quota"} <= flags


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_open_paths(project: Path, *paths: str, api_key_required: bool = True) -> None:
    config = {"shop:policy": {"open_paths": list(paths)}, "shop:api": {"api_key_required": api_key_required}}
    (project / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))


HALALSPHERE = ("/health", "/health/*", "/certificates/verify/*", "/payments/webhooks/*")


def checked(*arguments: str) -> tuple[int, list[tuple[str, str]]]:
    result = runner.invoke(app, ["check", EXAMPLE, "--no-specification", "--format", "json", *arguments])
    findings = json.loads(result.stdout)["findings"]
    return result.exit_code, [
        (each["code"], each["location"]) for each in findings if each["code"] in {"open-operation", "open-path"}
    ]


def test_operations_that_the_stack_leaves_open_on_purpose_are_no_finding(project: Path) -> None:
    with_open_paths(project, *HALALSPHERE)
    assert checked("--stack", "dev") == (0, [])


def test_open_operation_that_the_stack_does_not_list_is_refused(project: Path) -> None:
    with_open_paths(project, *HALALSPHERE[1:])
    code, findings = checked("--stack", "dev")
    assert code == 1
    assert ("open-path", "paths./health.get") in findings
    assert {location for _code, location in findings} == {"paths./health.get"}
    told = runner.invoke(app, ["check", EXAMPLE, "--no-specification", "--stack", "dev"]).stdout
    assert "add its path to shop:policy.open_paths of Pulumi.dev.yaml" in " ".join(told.split())


def test_key_that_the_stack_does_not_ask_for_leaves_operations_open(project: Path) -> None:
    document = project / "small.yaml"
    document.write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths: {/x: {get: {responses: {'200': {description: ok}}}}}\n"
    )
    arguments = ["check", str(document), "--no-specification", "--stack", "dev"]
    with_open_paths(project, api_key_required=True)
    assert runner.invoke(app, arguments).exit_code == 0
    with_open_paths(project, api_key_required=False)
    refused = runner.invoke(app, arguments)
    assert refused.exit_code == 1
    assert "open-path" in refused.stdout
    with_open_paths(project, "/x", api_key_required=False)
    assert runner.invoke(app, arguments).exit_code == 0


def test_below_a_path_of_the_site_no_operation_is_open(project: Path) -> None:
    config = {"shop:policy": {"open_paths": []}, "shop:api": {"path_on_site": "/api"}}
    (project / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
    assert checked("--stack", "dev") == (0, [])
    assert checked("--path-on-site", "/api") == (0, [])


def test_the_import_of_an_api_below_the_site_asks_for_the_key_everywhere() -> None:
    document = json.loads(runner.invoke(app, ["build", EXAMPLE, "--path-on-site", "/api"]).stdout)
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    assert len(operations) == 111
    assert all(operation["security"] for operation in operations)
