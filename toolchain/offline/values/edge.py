"""Outputs of CloudFront, certificates, Route 53, WAF and API Gateway."""

from typing import Any

from .templates import Made, Scope

_CREATED = "2026-01-01T00:00:00Z"
_CLOUDFRONT = "arn:{partition}:cloudfront::{account}"
_CERTIFICATE_NAMESPACE = "acm-validations.aws."
_API = "arn:{partition}:apigateway:{region}::"


def _cloudfront(kind: str, identifier: str = "{uuid}") -> Made:
    return Made(identifier, {"arn": f"{_CLOUDFRONT}:{kind}/{{id}}", "etag": "E{upper:13-etag}"})


def _names_of_certificate(scope: Scope) -> list[str]:
    return list(dict.fromkeys([scope["domainName"], *scope.get("subjectAlternativeNames", [])]))


def _validation_options(scope: Scope) -> list[dict[str, str]]:
    """Return one CNAME record for each name; a wildcard has the same record as its parent domain, as in ACM."""
    if scope.get("validationMethod") != "DNS":
        return []
    return [
        {
            "domainName": name,
            "resourceRecordName": f"_{scope.made_up('hex', 32, name.removeprefix('*.'))}.{name.removeprefix('*.')}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": (
                f"_{scope.made_up('hex', 32, name.removeprefix('*.') + '=')}"
                f".{scope.made_up('lower', 10, name.removeprefix('*.'))}.{_CERTIFICATE_NAMESPACE}"
            ),
        }
        for name in _names_of_certificate(scope)
    ]


def _name_servers(scope: Scope) -> list[str]:
    return [
        f"ns-{scope.pick(512, domain) + block}.awsdns-{scope.pick(64, domain + '.'):02}.{domain}"
        for domain, block in (("com", 0), ("net", 512), ("org", 1024), ("co.uk", 1536))
    ]


def _record_name(scope: Scope) -> str:
    return str(scope["name"]).removesuffix(".")


def _record_id(scope: Scope) -> str:
    identifier = scope.get("setIdentifier")
    suffix = f"_{identifier}" if identifier else ""
    return scope.render(f"{{zoneId}}_{_record_name(scope)}_{{type}}{suffix}")


def _usage_plan_key(scope: Scope) -> str:
    return scope.made_up("lower", 40, "value")


def _acl_arn(kind: str) -> Any:
    def recipe(scope: Scope) -> str:
        scope_name = "global" if scope["scope"] == "CLOUDFRONT" else "regional"
        return scope.render(f"arn:{{partition}}:wafv2:{{region}}:{{account}}:{scope_name}/{kind}/{{name}}/{{id}}")

    return recipe


_WEB_ACL_OUTPUTS = {"lockToken": "{uuid:lock}", "capacity": 1}

TABLE: dict[str, Made] = {
    "aws:cloudfront/distribution:Distribution": Made(
        "E{upper:13}",
        {
            "arn": f"{_CLOUDFRONT}:distribution/{{id}}",
            "callerReference": "terraform-{digits:26}",
            "domainName": "d{lower:13}.cloudfront.net",
            "etag": "E{upper:13-etag}",
            "hostedZoneId": "{cloudfront_zone}",
            "lastModifiedTime": "2026-01-01 00:00:00 +0000 UTC",
            "status": "Deployed",
        },
    ),
    "aws:cloudfront/function:Function": Made(
        "{name}",
        {
            "arn": f"{_CLOUDFRONT}:function/{{name}}",
            "etag": "ETV{upper:11-etag}",
            "liveStageEtag": "ETV{upper:11-etag}",
            "status": "UNASSOCIATED",
        },
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": _cloudfront("origin-access-control", "E{upper:13}"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": _cloudfront("response-headers-policy"),
    "aws:cloudfront/cachePolicy:CachePolicy": _cloudfront("cache-policy"),
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": _cloudfront("origin-request-policy"),
    "aws:cloudfront/keyValueStore:KeyValueStore": Made(
        "{name}",
        {
            "arn": f"{_CLOUDFRONT}:key-value-store/{{uuid}}",
            "etag": "KV{upper:12}",
            "lastModifiedTime": _CREATED,
        },
    ),
    "aws:acm/certificate:Certificate": Made(
        "{arn}",
        {
            "arn": "arn:{partition}:acm:{region}:{account}:certificate/{uuid}",
            "domainValidationOptions": _validation_options,
            "subjectAlternativeNames": _names_of_certificate,
            "keyAlgorithm": "RSA_2048",
            "options": {"certificateTransparencyLoggingPreference": "ENABLED", "export": "DISABLED"},
            "renewalEligibility": "INELIGIBLE",
            "status": "PENDING_VALIDATION",
            "type": "AMAZON_ISSUED",
            "validationMethod": "NONE",
        },
    ),
    "aws:acm/certificateValidation:CertificateValidation": Made("2026-01-01 00:00:00 +0000 UTC"),
    "aws:route53/zone:Zone": Made(
        "{zoneId}",
        {
            "zoneId": "Z{upper:20}",
            "arn": "arn:{partition}:route53:::hostedzone/{zoneId}",
            "nameServers": _name_servers,
            "primaryNameServer": lambda scope: _name_servers(scope)[0],
        },
    ),
    "aws:route53/record:Record": Made(id=_record_id, outputs={"fqdn": _record_name}),
    "aws:route53/queryLog:QueryLog": Made("{uuid}", {"arn": "arn:{partition}:route53:::queryloggingconfig/{id}"}),
    "aws:route53/healthCheck:HealthCheck": Made(
        "{uuid}", {"arn": "arn:{partition}:route53:::healthcheck/{id}", "failureThreshold": 3}
    ),
    "aws:wafv2/webAcl:WebAcl": Made("{uuid}", {"arn": _acl_arn("webacl"), **_WEB_ACL_OUTPUTS}),
    "aws:wafv2/ipSet:IpSet": Made("{uuid}", {"arn": _acl_arn("ipset"), "lockToken": "{uuid:lock}"}),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Made("{webAclArn},{resourceArn}"),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Made("{resourceArn}"),
    "aws:apigateway/restApi:RestApi": Made(
        "{lower:10}",
        {
            "arn": f"{_API}/restapis/{{id}}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
            "rootResourceId": "{lower:10-root}",
            "createdDate": _CREATED,
            "apiKeySource": "HEADER",
            "disableExecuteApiEndpoint": False,
            "endpointConfiguration": {"types": "EDGE", "ipAddressType": "ipv4"},
            "securityPolicy": "TLS_1_0",
        },
    ),
    "aws:apigateway/deployment:Deployment": Made("{lower:6}", {"createdDate": _CREATED}),
    "aws:apigateway/stage:Stage": Made(
        "ags-{restApi}-{stageName}",
        {
            "arn": f"{_API}/restapis/{{restApi}}/stages/{{stageName}}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{restApi}/{stageName}",
            "invokeUrl": "https://{restApi}.execute-api.{region}.{domain}/{stageName}",
        },
    ),
    "aws:apigateway/methodSettings:MethodSettings": Made("{restApi}-{stageName}-{methodPath}"),
    "aws:apigateway/usagePlan:UsagePlan": Made("{lower:6}", {"arn": f"{_API}/usageplans/{{id}}"}),
    "aws:apigateway/apiKey:ApiKey": Made(
        "{lower:10}",
        {
            "arn": f"{_API}/apikeys/{{id}}",
            "value": "{lower:40}",
            "createdDate": _CREATED,
            "lastUpdatedDate": _CREATED,
        },
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Made("{keyId}", {"name": "{keyId}", "value": _usage_plan_key}),
    "aws:apigateway/domainName:DomainName": Made(
        "{domainName}",
        {
            "arn": f"{_API}/domainnames/{{domainName}}",
            "regionalDomainName": "d-{lower:10}.execute-api.{region}.{domain}",
            "regionalZoneId": "{api_zone}",
            "cloudfrontZoneId": "{cloudfront_zone}",
            "securityPolicy": "TLS_1_2",
            "routingMode": "BASE_PATH_MAPPING_ONLY",
            "endpointConfiguration": {"types": "EDGE", "ipAddressType": "ipv4"},
        },
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": Made(
        id=lambda scope: scope.render("{domainName}/") + str(scope.get("basePath", ""))
    ),
    "aws:apigateway/response:Response": Made("aggr-{restApiId}-{responseType}"),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Made("{restApiId}"),
    "aws:apigateway/account:Account": Made(
        "api-gateway-account",
        {
            "apiKeyVersion": "4",
            "features": ["UsagePlans"],
            "throttleSettings": [{"burstLimit": 5000, "rateLimit": 10000}],
        },
    ),
    "aws:apigateway/vpcLink:VpcLink": Made("{lower:6}", {"arn": f"{_API}/vpclinks/{{id}}"}),
    "aws:apigatewayv2/vpcLink:VpcLink": Made("{lower:6}", {"arn": f"{_API}/vpclinks/{{id}}"}),
}
