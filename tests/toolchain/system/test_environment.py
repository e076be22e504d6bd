"""The environment of an offline run contains no secrets of the shell."""

import os
import subprocess

import pytest

from toolchain.system import environment

SECRET_NAMES = """
AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_WEB_IDENTITY_TOKEN_FILE AWS_PROFILE GITHUB_TOKEN
ACTIONS_ID_TOKEN_REQUEST_TOKEN ACTIONS_RUNTIME_TOKEN CI_JOB_TOKEN NPM_TOKEN PULUMI_ACCESS_TOKEN
PULUMI_CONFIG_PASSPHRASE PULUMI_BACKEND_URL DATABASE_URL HTTPS_PROXY SSH_AUTH_SOCK KUBECONFIG SOMETHING_NOBODY_KNOWS
"""
SECRETS = dict.fromkeys(SECRET_NAMES.split(), "s3cret")
KEPT = {"PATH": "/bin", "HOME": "/home/a", "LC_ALL": "C", "AWS_REGION": "eu-west-1", "PULUMI_HOME": "/p"}


def test_only_what_is_known_to_be_harmless_remains() -> None:
    assert environment.without_secrets({**KEPT, **SECRETS}) == {**KEPT, **environment.NO_ACCOUNT}


def test_a_run_may_need_more() -> None:
    left = environment.without_secrets(SECRETS, also=environment.STATE_PASSPHRASE)
    assert left == {"PULUMI_CONFIG_PASSPHRASE": "s3cret", **environment.NO_ACCOUNT}


def test_they_are_back_afterwards_and_gone_for_child_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "s3cret")
    before = dict(os.environ)
    with environment.secrets_removed():
        assert "GITHUB_TOKEN" not in os.environ
        assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"
        child = subprocess.run(["/bin/sh", "-c", "echo $GITHUB_TOKEN"], capture_output=True, text=True, check=True)
        assert child.stdout == "\n"
    assert dict(os.environ) == before
