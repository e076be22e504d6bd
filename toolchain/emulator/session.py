"""A session of boto3 for the emulator."""

import os
from typing import Any, cast

import boto3
import botocore.session


def emulator_session() -> Any:
    """Make a session for the emulator that does not read the credentials and the AWS configuration of this shell."""
    nowhere: Any = (None, None, os.devnull, None)
    core: Any = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    return cast("Any", boto3).Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 (moto takes anything)
        botocore_session=core,
    )
