"""The account's role for the logs of API Gateway, which the APIs of a stack share."""

import json

import pulumi
import pytest

from spot_planning.problems import ArgumentError
from spot_platform.api.account import ApiAccount, ApiAccountArgs, ApiAccountTransforms
from spot_platform.api.arguments import PrivateApiArgs
from spot_platform.api.private_api import PrivateApi
from tests.recording import Recording, record

ACCOUNT = "aws:apigateway/account:Account"


def _api(name: str, account: ApiAccount) -> PrivateApi:
    answers = {"responses": {"200": {"description": "ok"}}}
    return PrivateApi(
        name,
        PrivateApiArgs(
            document={"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": answers}}},
            stage_name="live",
            load_balancer_arn="arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/a/1",
            load_balancer_dns_name="a.elb.us-east-1.amazonaws.com",
            load_balancer_security_group_id="sg-1",
            vpc_id="vpc-1",
            subnet_ids=["subnet-1"],
            logging_role_arn=account.logging_role_arn,
        ),
    )


def _two_apis() -> Recording:
    def program() -> None:
        account = ApiAccount("shop", ApiAccountArgs())
        _api("orders", account)
        _api("stock", account)

    return record(program)


def test_two_apis_share_one_setting_of_the_account_and_wait_for_it() -> None:
    recording = _two_apis()
    account = recording.one(ACCOUNT)
    stages = recording.all("aws:apigateway/stage:Stage")
    assert len(stages) == 2
    assert all(account.urn in stage.dependencies for stage in stages)
    destinations = {stage.inputs["accessLogSettings"]["destinationArn"].split("/")[-1] for stage in stages}
    assert destinations == {"orders-access", "stock-access"}


def test_the_setting_names_a_role_that_can_write_logs() -> None:
    recording = _two_apis()
    account = recording.one(ACCOUNT)
    assert account.inputs["cloudwatchRoleArn"].endswith("Role/shop-account")
    assert recording.one("RolePolicy").urn in account.dependencies
    trust = json.loads(recording.one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "apigateway.amazonaws.com"}


def test_the_resources_of_an_older_stack_are_kept() -> None:
    recording = _two_apis()
    made = [recording.one(ACCOUNT), recording.one("aws:iam/role:Role"), recording.one("RolePolicy")]
    assert [resource.parent for resource in made] == [recording.one("ApiAccount").urn] * 3
    for resource in made:
        (alias,) = resource.request.aliases
        assert alias.spec.parentUrn.endswith("::spot-platform:index:PrivateApi$spot-platform:index:ApiLogging::shop")


def test_the_setting_can_be_of_another_region() -> None:
    assert "region" not in _two_apis().one(ACCOUNT).inputs
    recording = record(lambda: ApiAccount("shop", ApiAccountArgs(region="eu-west-1")))
    assert recording.one(ACCOUNT).inputs["region"] == "eu-west-1"
    with pytest.raises(ArgumentError, match=r"^ApiAccount 'shop': region=Ireland is not allowed"):
        ApiAccount("shop", ApiAccountArgs(region="Ireland"))


def test_transforms_reach_the_children() -> None:
    transforms = ApiAccountTransforms(
        role={"description": "ours"},
        role_policy={"policy": "{}"},
        account={"cloudwatch_role_arn": "arn:aws:iam::123456789012:role/ours"},
    )

    def program() -> dict[str, pulumi.Output[str]]:
        return {"arn": ApiAccount("shop", ApiAccountArgs(), transforms=transforms).logging_role_arn}

    recording = record(program)
    assert recording.one("aws:iam/role:Role").inputs["description"] == "ours"
    assert recording.one("RolePolicy").inputs["policy"] == "{}"
    assert recording.result["arn"] == "arn:aws:iam::123456789012:role/ours"
