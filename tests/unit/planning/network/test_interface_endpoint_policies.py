"""The principals that an interface endpoint's policy allows."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from spot_planning.network.interface_endpoint_policies import (
    FOR_CALLERS_WITHOUT_IAM,
    WITHOUT_POLICIES,
    interface_endpoint_policy,
    takes_policy,
)
from spot_planning.network.vpc_endpoints import is_interface_endpoint

VPC_ARN = "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-1"


def statements(service: str) -> list[dict[str, object]]:
    return json.loads(interface_endpoint_policy(service, vpc_arn=VPC_ARN))["Statement"]


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssmmessages", "kms"])
def test_only_the_accounts_own_principals_get_through(service: str) -> None:
    assert takes_policy(service)
    assert statements(service) == [
        {
            "Sid": "OwnPrincipals",
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["*"],
            "Resource": ["*"],
            "Condition": {"StringEquals": {"aws:PrincipalAccount": "123456789012"}},
        }
    ]


def test_federated_users_get_roles_of_the_account_without_a_signature() -> None:
    """AWS's example for AWS STS allows both calls by the account of the role."""
    own, federated = statements("sts")
    assert own["Sid"] == "OwnPrincipals"
    assert federated["Action"] == ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"]
    assert federated["Condition"] == {"StringEquals": {"aws:ResourceAccount": "123456789012"}}


@pytest.mark.parametrize("service", ["email-smtp", "transfer.server", "transfer.server-fips", "appstream.api"])
def test_what_takes_no_policy_gets_none(service: str) -> None:
    """AWS PrivateLink Guide, "View endpoint policy support": VpcEndpointPolicySupported is false."""
    assert not takes_policy(service)


def test_the_tables_name_services_as_a_stack_file_does() -> None:
    assert all(map(is_interface_endpoint, WITHOUT_POLICIES | FOR_CALLERS_WITHOUT_IAM.keys()))
    assert not WITHOUT_POLICIES & FOR_CALLERS_WITHOUT_IAM.keys()


def models_with_unsigned_operations() -> Iterator[dict[str, Any]]:
    """Yield botocore's newest models of the services that may have such operations; to parse all takes seconds."""
    files = sorted(Path(botocore.__file__).parent.glob("data/*/*/service-2.json.gz"))
    for file in {file.parents[1]: file for file in files}.values():
        content = gzip.decompress(file.read_bytes())
        if b"authtype" in content or b"noAuth" in content:
            yield json.loads(content)


def test_services_that_are_called_without_a_signature_are_known() -> None:
    """A condition on the caller's account would refuse each of these calls."""
    unsigned = {
        model["metadata"]["endpointPrefix"]
        for model in models_with_unsigned_operations()
        for operation in model["operations"].values()
        if operation.get("authtype") == "none" or "smithy.api#noAuth" in operation.get("auth", [])
    }
    assert {"sts", "cognito-idp"} <= unsigned
    assert unsigned - {"sts"} <= FOR_CALLERS_WITHOUT_IAM.keys()
