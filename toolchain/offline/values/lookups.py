"""Results of look-ups (invokes, Terraform's data sources), as data."""

import base64
import hashlib
import json

from .. import structs
from . import account_lookups, regions
from .account_lookups import filters
from .managed_policies import managed_policy_lookups
from .policy_document import policy_document
from .templates import Made, Recipe, Scope

_CREATED = "2026-01-01T00:00:00Z"


def _image_name(scope: Scope) -> str:
    patterns = filters(scope).get("name", ["image-*"])
    return patterns[0].replace("*", "20260101.0").replace("?", "0")


def _image_architecture(scope: Scope) -> str:
    name = _image_name(scope)
    return filters(scope).get("architecture", ["arm64" if "arm64" in name else "x86_64"])[0]


def _zone_of_subnet(scope: Scope) -> str:
    """Return the first zone in the look-up's filter, else any zone."""
    asked = filters(scope).get("availability-zone", [])
    return asked[0] if asked else scope.render("{zone}")


_ROUTE_TARGETS = (
    "carrierGatewayId",
    "coreNetworkArn",
    "egressOnlyGatewayId",
    "gatewayId",
    "instanceId",
    "localGatewayId",
    "natGatewayId",
    "networkInterfaceId",
    "odbNetworkArn",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcPeeringConnectionId",
)


def _route(destination: str, target: str, value: str) -> dict[str, str]:
    """Return a route as the look-up returns it: properties without a value are empty strings."""
    empty = dict.fromkeys(("cidrBlock", "ipv6CidrBlock", "destinationPrefixListId", *_ROUTE_TARGETS), "")
    return {**empty, "cidrBlock": destination, target: value}


def _parameter_value(scope: Scope) -> structs.Secret:
    name = str(scope["name"])
    value = scope.render("ami-{hex:17}") if "/ami-" in name or "image_id" in name else f"offline value of {name}"
    return structs.Secret(value)


def _password(scope: Scope) -> structs.Secret:
    return structs.Secret(scope.made_up("lower", int(scope.get("passwordLength", 32))))


def _registry_token(scope: Scope) -> structs.Secret:
    return structs.Secret(base64.b64encode(f"AWS:{scope.made_up('lower', 32)}".encode()).decode())


_REGISTRY = Made(
    "{region}",
    {
        "authorizationToken": _registry_token,
        "password": lambda scope: structs.Secret(scope.made_up("lower", 32)),
        "userName": "AWS",
        "expiresAt": _CREATED,
        "proxyEndpoint": "https://{account}.dkr.ecr.{region}.{domain}",
    },
)


def _lookup(identifier: str, **results: Recipe) -> Made:
    return Made(identifier, results)


TABLE: dict[str, Made] = {
    **account_lookups.TABLE,
    **managed_policy_lookups(),
    "aws:acm/getCertificate:getCertificate": _lookup(
        "{arn}",
        arn="arn:{partition}:acm:{region}:{account}:certificate/{uuid}",
        status="ISSUED",
        domain="example.com",
    ),
    "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": _lookup(
        "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
    ),
    "aws:ec2/getAmi:getAmi": _lookup(
        "ami-{hex:17}",
        imageId="{id}",
        name=_image_name,
        arn="arn:{partition}:ec2:{region}::image/{id}",
        architecture=_image_architecture,
        creationDate=_CREATED,
        imageType="machine",
        ownerId=lambda scope: scope.get("owners", ["amazon"])[0],
        rootDeviceName="/dev/xvda",
        rootDeviceType="ebs",
        rootSnapshotId="snap-{hex:17}",
        state="available",
        virtualizationType="hvm",
        hypervisor="xen",
        enaSupport=True,
        public=True,
        platformDetails="Linux/UNIX",
    ),
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": _lookup(
        "pl-{hex:8}",
        name="com.amazonaws.{region}.s3",
        arn="arn:{partition}:ec2:{region}:aws:prefix-list/{id}",
        addressFamily="IPv4",
        ownerId="AWS",
        entries=[{"cidr": "198.51.100.0/24", "description": ""}],
        maxEntries=1,
        version=1,
    ),
    "aws:ec2/getPrefixList:getPrefixList": _lookup(
        "{prefixListId}",
        prefixListId="pl-{hex:8}",
        name="com.amazonaws.{region}.s3",
        cidrBlocks=["198.51.100.0/24"],
    ),
    "aws:ec2/getSecurityGroup:getSecurityGroup": _lookup(
        "sg-{hex:17}", arn="arn:{partition}:ec2:{region}:{account}:security-group/{id}", name="default"
    ),
    "aws:ec2/getSubnet:getSubnet": _lookup(
        "subnet-{hex:17}",
        arn="arn:{partition}:ec2:{region}:{account}:subnet/{id}",
        availabilityZone=_zone_of_subnet,
        availabilityZoneId=lambda scope: regions.zone_id(scope["availabilityZone"]),
        cidrBlock="10.0.0.0/24",
        vpcId="vpc-{hex:17}",
        state="available",
        ownerId="{account}",
        availableIpAddressCount=251,
    ),
    "aws:ec2/getRouteTable:getRouteTable": _lookup(
        "rtb-{hex:17}",
        arn="arn:{partition}:ec2:{region}:{account}:route-table/{id}",
        routeTableId="{id}",
        vpcId="vpc-{hex:17}",
        ownerId="{account}",
        associations=[],
        routes=lambda scope: [
            _route("10.0.0.0/16", "gatewayId", "local"),
            _route("0.0.0.0/0", "natGatewayId", scope.render("nat-{hex:17}")),
        ],
    ),
    "aws:ec2/getRouteTables:getRouteTables": _lookup("{region}", ids=["rtb-{hex:17}"]),
    "aws:ec2/getSubnets:getSubnets": _lookup("{region}", ids=["subnet-{hex:17-0}", "subnet-{hex:17-1}"]),
    "aws:ec2/getVpc:getVpc": _lookup(
        "vpc-{hex:17}",
        arn="arn:{partition}:ec2:{region}:{account}:vpc/{id}",
        cidrBlock="10.0.0.0/16",
        state="available",
        instanceTenancy="default",
        enableDnsSupport=True,
        enableDnsHostnames=True,
        mainRouteTableId="rtb-{hex:17}",
        dhcpOptionsId="dopt-{hex:17}",
        ownerId="{account}",
        default=False,
    ),
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": _lookup(
        "{digits:10}",
        serviceName="com.amazonaws.{region}.{service}",
        serviceType="Interface",
        serviceRegion="{region}",
        availabilityZones=lambda scope: regions.zone_names(scope.region),
        owner="amazon",
        serviceId="vpce-svc-{hex:17}",
        vpcEndpointPolicySupported=True,
        privateDnsName="{service}.{region}.{domain}",
    ),
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": _REGISTRY,
    "aws:ecr/getCredentials:getCredentials": _REGISTRY,
    "aws:ecr/getImage:getImage": _lookup(
        "{imageDigest}",
        imageDigest="sha256:{hex:64}",
        imageUri="{account}.dkr.ecr.{region}.{domain}/{repositoryName}@{imageDigest}",
        imageTags=[],
        imageSizeInBytes=52428800,
    ),
    "aws:ecr/getRepository:getRepository": _lookup(
        "{name}",
        arn="arn:{partition}:ecr:{region}:{account}:repository/{name}",
        repositoryUrl="{account}.dkr.ecr.{region}.{domain}/{name}",
        registryId="{account}",
        imageTagMutability="IMMUTABLE",
    ),
    "aws:elb/getHostedZoneId:getHostedZoneId": _lookup("{alb_zone}"),
    "aws:elb/getServiceAccount:getServiceAccount": Made(
        lambda scope: regions.region(scope.region).load_balancing_account,
        {"arn": "arn:{partition}:iam::{id}:root"},
    ),
    "aws:lb/getHostedZoneId:getHostedZoneId": Made(
        lambda scope: scope.render("{nlb_zone}" if scope.get("loadBalancerType") == "network" else "{alb_zone}")
    ),
    "aws:iam/getPolicy:getPolicy": _lookup(
        "{arn}", arn="arn:{partition}:iam::aws:policy/{name}", name="{arn!n}", path="/", policyId="ANPA{upper:17}"
    ),
    "aws:iam/getPolicyDocument:getPolicyDocument": Made(
        lambda scope: str(int(hashlib.sha256(str(scope["json"]).encode()).hexdigest()[:8], 16)),
        {
            "json": lambda scope: json.dumps(policy_document(scope), indent=2),
            "minifiedJson": lambda scope: json.dumps(policy_document(scope), separators=(",", ":")),
        },
    ),
    "aws:iam/getRole:getRole": _lookup(
        "{name}",
        arn="arn:{partition}:iam::{account}:role/{name}",
        uniqueId="AROA{upper:17}",
        path="/",
        createDate=_CREATED,
        maxSessionDuration=3600,
    ),
    "aws:kms/getAlias:getAlias": _lookup(
        "{arn}",
        arn="arn:{partition}:kms:{region}:{account}:{name}",
        targetKeyId="{uuid}",
        targetKeyArn="arn:{partition}:kms:{region}:{account}:key/{uuid}",
    ),
    "aws:kms/getKey:getKey": _lookup(
        "{keyId}",
        arn="arn:{partition}:kms:{region}:{account}:key/{uuid}",
        awsAccountId="{account}",
        enabled=True,
        keyManager="CUSTOMER",
        keySpec="SYMMETRIC_DEFAULT",
        keyState="Enabled",
        keyUsage="ENCRYPT_DECRYPT",
    ),
    "aws:rds/getEngineVersion:getEngineVersion": _lookup(
        "{version}", version="16.4", versionActual="{version}", parameterGroupFamily="{engine}16", status="available"
    ),
    "aws:route53/getZone:getZone": _lookup(
        "{zoneId}",
        zoneId="Z{upper:20}",
        name="example.com",
        arn="arn:{partition}:route53:::hostedzone/{zoneId}",
        nameServers=["ns-{number:500}.awsdns-01.com", "ns-{number:500}.awsdns-02.net"],
        primaryNameServer="ns-{number:500}.awsdns-01.com",
        privateZone=False,
    ),
    "aws:s3/getBucket:getBucket": _lookup(
        "{bucket}",
        arn="arn:{partition}:s3:::{bucket}",
        bucketDomainName="{bucket}.s3.{domain}",
        bucketRegionalDomainName="{bucket}.s3.{region}.{domain}",
        bucketRegion="{region}",
        hostedZoneId="{s3_zone}",
    ),
    "aws:s3/getCanonicalUserId:getCanonicalUserId": _lookup("{hex:64}", displayName=""),
    "aws:secretsmanager/getRandomPassword:getRandomPassword": _lookup("{uuid}", randomPassword=_password),
    "aws:secretsmanager/getSecret:getSecret": _lookup(
        "{arn}",
        arn="arn:{partition}:secretsmanager:{region}:{account}:secret:{name}-{lower:6}",
        name="{arn!n}",
        createdDate=_CREATED,
    ),
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _lookup(
        "{secretId}|{versionId}",
        versionId="{uuid}",
        versionStage="AWSCURRENT",
        versionStages=["AWSCURRENT"],
        arn="{secretId}",
        secretArn="{secretId}",
        secretString=lambda _: structs.Secret('{"password":"offline","username":"offline"}'),
        secretBinary="",
    ),
    "aws:ssm/getParameter:getParameter": _lookup(
        "{name}",
        arn=lambda scope: scope.render(
            f"arn:{{partition}}:ssm:{{region}}:{{account}}:parameter/{str(scope['name']).removeprefix('/')}"
        ),
        type="String",
        value=_parameter_value,
        version=1,
    ),
}
