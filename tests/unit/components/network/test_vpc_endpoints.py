"""The VPC endpoints of Vpc, and their policies."""

import json
from dataclasses import replace

from tests.unit.components.network.recorded import ARGS, build


def test_gateway_endpoints_reach_every_subnet() -> None:
    endpoints = build().all("VpcEndpoint")
    assert {e.inputs["serviceName"] for e in endpoints} == {
        "com.amazonaws.us-east-1.s3",
        "com.amazonaws.us-east-1.dynamodb",
    }
    for endpoint in endpoints:
        assert endpoint.inputs["vpcEndpointType"] == "Gateway"
        assert sorted(endpoint.inputs["routeTableIds"]) == [
            "main-isolated-id",
            "main-private-a-id",
            "main-private-b-id",
            "main-public-id",
        ]


def test_gateway_endpoints_lead_to_what_is_the_accounts_own_and_what_tasks_need() -> None:
    """Amazon ECR User Guide, "Amazon ECR interface VPC endpoints", Minimum Amazon S3 Bucket Permissions for Amazon ECR.

    Without access to the bucket with the image layers, no task starts. Without a condition on the account, the buckets
    of all accounts are reachable.
    """
    policies = {
        endpoint.name: {s["Sid"]: s for s in json.loads(endpoint.inputs["policy"])["Statement"]}
        for endpoint in build().all("VpcEndpoint")
    }
    own = {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    assert policies["main-endpoints-dynamodb"].keys() == {"ReachOwnResources"}
    s3 = policies["main-endpoints-s3"]
    assert s3.keys() == {"ReachOwnResources", "FetchImageLayers", "FetchPackages"}
    assert s3["ReachOwnResources"]["Condition"] == own
    assert policies["main-endpoints-dynamodb"]["ReachOwnResources"]["Condition"] == own
    assert s3["FetchImageLayers"]["Resource"] == ["arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"]
    assert s3["FetchPackages"]["Resource"] == ["arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*"]
    assert {s3[sid]["Action"][0] for sid in ("FetchImageLayers", "FetchPackages")} == {"s3:GetObject"}


def test_interface_endpoints() -> None:
    recording = build(replace(ARGS, interface_endpoints=["ecr.api", "logs"]))
    endpoints = {e.name: e.inputs for e in recording.all("VpcEndpoint") if e.inputs["vpcEndpointType"] == "Interface"}
    assert {n: e["serviceName"] for n, e in endpoints.items()} == {
        "main-endpoints-ecr-api": "com.amazonaws.us-east-1.ecr.api",
        "main-endpoints-logs": "com.amazonaws.us-east-1.logs",
    }
    for endpoint in endpoints.values():
        assert endpoint["privateDnsEnabled"] is True
        assert endpoint["subnetIds"] == ["main-private-a-id", "main-private-b-id"]
        assert endpoint["securityGroupIds"] == ["main-endpoints-id"]
    rule = recording.one("SecurityGroupIngressRule").inputs
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 443, 443)
    assert rule["cidrIpv4"] == "10.0.0.0/16"
    assert recording.all("SecurityGroupEgressRule") == []


def test_interface_endpoints_let_the_accounts_own_principals_through() -> None:
    recording = build(replace(ARGS, interface_endpoints=["ecr.api", "ecr.dkr", "email-smtp"]))
    policies = {e.name: e.inputs["policy"] for e in recording.all("VpcEndpoint") if "policy" in e.inputs}
    own = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
    for name in ("main-endpoints-ecr-api", "main-endpoints-ecr-dkr"):
        (statement,) = json.loads(policies[name])["Statement"]
        assert statement["Condition"] == own
    assert recording.one("VpcEndpoint", "main-endpoints-email-smtp").inputs["vpcEndpointType"] == "Interface"
    assert "main-endpoints-email-smtp" not in policies


def test_without_interface_endpoints_there_is_no_security_group() -> None:
    assert build().all("SecurityGroup") == []
