"""Cases of the rules on CloudFront, API Gateway, WAF, DNS and certificates."""

# ruff: noqa: FBT003 - tables: one case a line, and values as they are

import json
from typing import Any

from tests.policy.cases.table import NO_OBJECT, OK, WRONG_TYPE, Change, Impossible, Row, U, V, edge
from tests.policy.compliant import INTEGRATION
from tests.policy.nodes import ABSENT, REMOVED, UNKNOWN, Json, Node, Ref

GET = "body!paths./companies/{id}.get"
LINK = f"{GET}.x-amazon-apigateway-integration"
DEFAULT_CERTIFICATE = Change("distribution", "viewerCertificate", {"cloudfrontDefaultCertificate": True})
ANYBODY = {"Effect": "Allow", "Principal": "*", "Resource": "*"}


URN = "urn:pulumi:test::spot-platform"
STACK_REFERENCE = "pulumi:pulumi:StackReference"
ON_SITE = (
    Change("distribution", "origins[1].domainName", Ref("stage")),
    Change("distribution", "origins[1].customHeaders", [{"name": "X-Api-Key", "value": UNKNOWN}]),
)
"""The API below a path of the site, whose distribution sends the key."""
THEIRS = Change("theirs", node=Node(STACK_REFERENCE, {}))


def _second(property_: str, value: object, own: str, **inputs: object) -> Change:
    """A second distribution: one of its properties depends on a resource of the stack and on another stack's output."""
    on = (f"{URN}::{own}", f"{URN}::{STACK_REFERENCE}::theirs")
    return Change(
        "second",
        node=Node("aws:cloudfront/distribution:Distribution", {property_: value, **inputs}, depends_on={property_: on}),
    )


def _api_policy(**statement: object) -> Change:
    return Change("api-policy", "policy", Json({"Statement": [{**ANYBODY, **statement}]}))


LINKED: dict[str, Any] = {"type": "http_proxy", "connectionType": "VPC_LINK", "uri": "http://x"}
ASKS: dict[str, Any] = {"security": [{"key": []}], "x-amazon-apigateway-integration": LINKED}
MODEL: dict[str, Any] = {"requestBody": {"content": {"application/json": {"schema": {}}}}}
OPEN_POLICY: dict[str, Any] = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
THEIR_POLICY: dict[str, Any] = {
    "Statement": [{**ANYBODY, "Action": "execute-api:*", "Principal": {"AWS": "999999999999"}}]
}
SERVICE_POLICY: dict[str, Any] = {
    "Statement": [{**ANYBODY, "Action": "execute-api:Invoke", "Principal": {"Service": "sns.amazonaws.com"}}]
}
PUT: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("api-gateway-operations-authorized", "open", V, {"get": {"x-amazon-apigateway-integration": LINKED}}),
    ("api-gateway-operations-authorized", "closed", OK, {"get": ASKS}),
    ("api-gateway-private-integrations", "with a door", V, {"get": {"x-amazon-apigateway-integration": {"type": "http"}}}),
    ("api-gateway-private-integrations", "without one", OK, {"get": ASKS}),
    ("api-gateway-request-validation", "without validators", V, {"post": {**ASKS, **MODEL}}),
    ("api-gateway-integration-timeout", "slow", V,
     {"get": {"x-amazon-apigateway-integration": {**LINKED, "timeoutInMillis": 60000}}}),
    ("api-gateway-path-parameters", "not filled", V,
     {"get": {"x-amazon-apigateway-integration": {**LINKED, "uri": "http://x/{id}"}}}),
    ("api-gateway-policy", "with an open policy", V, {"x-amazon-apigateway-policy": OPEN_POLICY}),
    ("no-foreign-accounts", "with a policy for another account", V, {"x-amazon-apigateway-policy": THEIR_POLICY}),
    ("no-foreign-accounts", "with a policy for anybody", OK,
     {"x-amazon-apigateway-policy": {"Statement": [{**ANYBODY, "Action": "execute-api:Invoke"}]}}),
    ("service-principals-say-for-whom", "with a policy for a service", V, {"x-amazon-apigateway-policy": SERVICE_POLICY}),
    ("api-gateway-api-tls", "with weak TLS", V, {"x-amazon-apigateway-security-policy": "TLS_1_0"}),
    ("api-gateway-api-tls", "that says nothing of TLS", OK, {"get": ASKS}),
)  # fmt: skip
"""Rule, name of the case, expected verdict, and operations of one path or members of the document."""


def _imported(parts: dict[str, Any]) -> str:
    operations = {name: value for name, value in parts.items() if not name.startswith("x-")}
    extensions = {name: value for name, value in parts.items() if name.startswith("x-")}
    scheme = {"type": "apiKey", "in": "header", "name": "x-api-key"}
    content = {"paths": {"/x": operations}, "components": {"securitySchemes": {"key": scheme}}, **extensions}
    return json.dumps({"openapi": "3.0.1", **content})


ROWS = (
    Row("cloudfront-default-root-object", "distribution", "defaultRootObject", wrong=("",), unknown=OK, right=("app.html",)),
    Row("cloudfront-https-only", "distribution", "defaultCacheBehavior.viewerProtocolPolicy", wrong=("allow-all",), right=("https-only",)),
    Row("cloudfront-https-only", "distribution", "orderedCacheBehaviors[0].viewerProtocolPolicy", wrong=("allow-all",)),
    Row("cloudfront-origin-failover", "distribution", "originGroups", wrong=([],)),
    Row("cloudfront-web-acl", "distribution", "webAclId", wrong=("",), unknown=OK, right=("arn:aws:wafv2:x",)),
    Row("cloudfront-own-certificate", "distribution", "viewerCertificate.acmCertificateArn", wrong=("",), unknown=OK),
    Row("cloudfront-server-name-indication", "distribution", "viewerCertificate.sslSupportMethod", wrong=("vip", "static-ip")),
    Row("cloudfront-origin-https", "distribution", "origins[1].customOriginConfig.originProtocolPolicy",
        wrong=("http-only", "match-viewer")),
    Row("cloudfront-origin-tls", "distribution", "origins[1].customOriginConfig.originSslProtocols",
        wrong=(["SSLv3"], ["TLSv1", "TLSv1.2"], ["TLSv1.1"]), absent=OK),
    Row("cloudfront-origin-access-control", "distribution", "origins[0].originAccessControlId", wrong=("",), unknown=OK),
    Row("cloudfront-minimum-tls", "distribution", "viewerCertificate.minimumProtocolVersion",
        wrong=("TLSv1", "TLSv1.1_2016", "TLSv1.2_2018", "TLSv1.2_2019", "SSLv3"), right=("TLSv1.2_2025", "TLSv1.3_2025")),
    Row("cloudfront-key-groups", "distribution", "defaultCacheBehavior.trustedSigners", wrong=(["self"],), right=([],), absent=OK),
    Row("cloudfront-strict-transport-security", "distribution", "defaultCacheBehavior.responseHeadersPolicyId",
        wrong=("",), open=("67f7725c-6f97-4210-82d7-5512b31e9d03",)),
    Row("cloudfront-strict-transport-security", "headers",
        "securityHeadersConfig.strictTransportSecurity.accessControlMaxAgeSec", wrong=(0, 3600), right=(31536000,)),
    Row("cloudfront-strict-transport-security", "headers", "securityHeadersConfig", wrong=({},), wrong_type=NO_OBJECT),
    Row("api-gateway-execution-logs", "method-settings", "settings.loggingLevel", wrong=("OFF",), right=("INFO",)),
    Row("api-gateway-access-logs", "stage", "accessLogSettings", wrong=({},), wrong_type=([], V), unknown=OK),
    Row("api-gateway-access-logs", "stage", "accessLogSettings.format", wrong=("",), unknown=OK),
    Row("api-gateway-access-logs", "stage", "accessLogSettings.destinationArn", wrong=("",), unknown=OK),
    Row("api-gateway-no-data-trace", "method-settings", "settings.dataTraceEnabled", wrong=(True, "true"), absent=OK),
    Row("api-gateway-client-certificate", "stage", "clientCertificateId", wrong=("",), unknown=OK, right=("abc",)),
    Row("api-gateway-tracing", "stage", "xrayTracingEnabled", wrong=(False, "false")),
    Row("api-gateway-domain-tls", "domain", "securityPolicy", wrong=("TLS_1_0", "TLS_1_2", "SecurityPolicy_TLS12_2018_EDGE"),
        right=("SecurityPolicy_TLS13_1_3_2025_09",)),
    Row("api-gateway-throttling", "method-settings", "settings.throttlingRateLimit", wrong=(-1, 0), right=(10000,)),
    Row("api-gateway-throttling", "method-settings", "settings.throttlingBurstLimit", wrong=(-1, 0), right=(5000,)),
    Row("api-gateway-usage-plan", "usage-plan", "throttleSettings.rateLimit", wrong=(0,), right=(1,)),
    Row("api-gateway-usage-plan", "usage-plan", "throttleSettings", wrong=({},), wrong_type=NO_OBJECT),
    Row("cloudfront-origin-requests-signed", "oac", "signingBehavior", wrong=("never", "no-override")),
    Row("cloudfront-security-headers", "headers", "securityHeadersConfig", wrong=({},), wrong_type=NO_OBJECT),
    Row("cloudfront-security-headers", "headers", "securityHeadersConfig.frameOptions", wrong=(None,), unknown=OK, wrong_type=("DENY", V)),
    Row("acm-transparency", "certificate", "options.certificateTransparencyLoggingPreference", wrong=("DISABLED",), right=("ENABLED",), absent=OK),
    Row("api-gateway-api-tls", "api", "body!x-amazon-apigateway-security-policy", wrong=("TLS_1_0", "TLS_1_2"), right=("SecurityPolicy_TLS13_1_3_2025_09",)),
    Row("api-gateway-api-tls", "api", "securityPolicy", wrong=("TLS_1_0",), absent=OK),
    Row("waf-logs-redacted", "acl-logging", "redactedFields", wrong=([], [{"singleHeader": {"name": "cookie"}}])),
    Row("api-gateway-one-door", "api", "disableExecuteApiEndpoint", wrong=(False, "false")),
    Row("api-gateway-operations-authorized", "api", f"{GET}.security", wrong=([], [{}], [{"api_key": []}, {}], [{"bearer": []}], [{"query": []}],
        [{"undefined": []}], [{"api_key": []}, {"bearer": []}]),
        right=([{"cognito": []}], [{"api_key": [], "bearer": []}])),
    Row("api-gateway-private-integrations", "api", f"{LINK}.connectionType", wrong=("INTERNET",)),
    Row("api-gateway-request-validation", "api", "body!x-amazon-apigateway-request-validator", right=("all",), wrong=("undefined",)),
    Row("api-gateway-request-validation", "api", "body!x-amazon-apigateway-request-validators.all.validateRequestParameters", wrong=(False,)),
    Row("api-gateway-integration-timeout", "api", f"{LINK}.timeoutInMillis", wrong=(29001, 60000), right=(50,), absent=OK),
    Row("api-gateway-path-parameters", "api", f"{LINK}.requestParameters", wrong=({}, {"integration.request.path.other": "x"}), wrong_type=NO_OBJECT),
    Row("waf-rules", "web-acl", "rules", wrong=([],)),
    Row("waf-metrics", "web-acl", "visibilityConfig.cloudwatchMetricsEnabled", wrong=(False,)),
    Row("waf-metrics", "web-acl", "rules[1].visibilityConfig.cloudwatchMetricsEnabled", wrong=(False,)),
    Row("waf-rules-block", "web-acl", "rules[0].overrideAction", wrong=({"count": {}},), right=({"none": {}},), absent=OK, wrong_type=("count", V)),
    *(Row(rule, resource, path, unknown=V, at=at)
      for rule, resource, path, at in (
          ("api-gateway-web-acl", "acl-association", "resourceArn", "stage"), ("waf-logs", "acl-logging", "resourceArn", "web-acl"),
          ("cloudfront-logs", "delivery", "resourceArn", "distribution"), ("route53-query-logs", "query-log", "zoneId", "zone"))),
    Row("api-gateway-web-acl", "acl-association", "webAclArn", wrong=("",), unknown=OK),
    Row("api-gateway-cache-encrypted", "method-settings", "settings.cachingEnabled", wrong=(True, "true"), right=(False,), absent=OK),
    Row("api-gateway-policy", "api-policy", "policy", absent=OK),
    Row("api-gateway-policy", "api-policy", "policy!Statement[0].Action", absent=V, wrong_type=(7, V)),
    Row("cloudfront-origin-exists", "distribution", "origins", absent=OK),
    Row("cloudfront-origin-exists", "distribution", "origins[0].domainName", wrong=("", "gone.s3.amazonaws.com")),
    Row("acm-key-algorithm", "certificate", "keyAlgorithm", wrong=("RSA_1024",), right=("RSA_2048", "EC_secp384r1"), absent=OK),
)  # fmt: skip

OF_SITE = Change("web-acl", "scope", "CLOUDFRONT")


NOT_THERE = {"notStatement": {"statement": {"regexMatchStatement": {"regexString": "^/uploads"}}}}
"""A statement of AWS WAF that does not match on some paths."""


def _labelled(name: str) -> dict[str, Any]:
    return {"labelMatchStatement": {"scope": "LABEL", "key": f"awswaf:managed:aws:core-rule-set:{name}"}}


def _counting(rule: object, action: str = "count") -> dict[str, object]:
    """Return a managed rule group with another action for one of its rules."""
    overrides = [{"name": rule, "actionToUse": {action: {}}}]
    return {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet", "ruleActionOverrides": overrides}


EDGES = (
    edge("cloudfront-logs", "standard logs", OK, "", Change("delivery", value=REMOVED), Change("distribution", "loggingConfig", {"bucket": "b"})),
    edge("cloudfront-logs", "none", V, "distribution", Change("delivery", value=REMOVED)),
    edge("cloudfront-logs", "another distribution's", V, "distribution", Change("delivery", "resourceArn", "arn:theirs")),
    *(edge("cloudfront-logs", f"standard logs that are {logs}", V, "distribution", Change("delivery", value=REMOVED), Change("distribution", "loggingConfig", logs))
      for logs in (WRONG_TYPE, "no object", {"includeCookies": True}, {"bucket": ""}, {"bucket": WRONG_TYPE})),
    edge("cloudfront-logs", "unknown standard logs are some", OK, "", Change("delivery", value=REMOVED), Change("distribution", "loggingConfig", UNKNOWN)),
    edge("cloudfront-own-certificate", "CloudFront's own", V, "distribution", DEFAULT_CERTIFICATE),
    edge("cloudfront-own-certificate", "one of IAM", OK, "", Change("distribution", "viewerCertificate.acmCertificateArn", ABSENT),
         Change("distribution", "viewerCertificate.iamCertificateId", "ASCA")),
    edge("cloudfront-server-name-indication", "not with CloudFront's own", OK, "", DEFAULT_CERTIFICATE),
    edge("cloudfront-minimum-tls", "not to be chosen with CloudFront's own", OK, "", DEFAULT_CERTIFICATE),
    edge("cloudfront-origin-exists", "a second bucket by its name", V, "distribution",
         Change("distribution", "origins[2]", {"originId": "old", "domainName": "gone.s3.amazonaws.com"})),
    edge("cloudfront-origin-exists", "a load balancer inside a VPC", OK, "",
         Change("distribution", "origins[2]", {"originId": "in", "domainName": "internal", "vpcOriginConfig": {"vpcOriginId": "vo"}})),
    edge("cloudfront-origin-access-control", "a load balancer inside a VPC needs none", OK, "",
         Change("distribution", "origins[2]", {"originId": "in", "domainName": "internal", "vpcOriginConfig": {"vpcOriginId": "vo"}})),
    edge("cloudfront-https-only", "after one that is not known", V, "distribution",
         Change("distribution", "defaultCacheBehavior.viewerProtocolPolicy", UNKNOWN),
         Change("distribution", "orderedCacheBehaviors[0].viewerProtocolPolicy", "allow-all")),
    *(edge("cloudfront-strict-transport-security", f"an ordered behaviour with {policy} policy of another stack", U, "distribution",
           Change("distribution", "orderedCacheBehaviors[1]", {"viewerProtocolPolicy": "https-only", "responseHeadersPolicyId": policy}),
           *first)
      for policy, first in (("theirs", ()), ("theirs", (Change("distribution", "orderedCacheBehaviors[0].responseHeadersPolicyId", "theirs"),)))),
    edge("cloudfront-strict-transport-security", "two unknown policies, one of another stack", U, "second", THEIRS, _second(
        "orderedCacheBehaviors", [{"responseHeadersPolicyId": UNKNOWN}, {"responseHeadersPolicyId": UNKNOWN}],
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy::headers", defaultCacheBehavior={"responseHeadersPolicyId": Ref("headers")})),
    edge("cloudfront-origin-exists", "two unknown buckets, one of another stack", U, "second", THEIRS, _second(
        "origins", [{"domainName": UNKNOWN}, {"domainName": UNKNOWN}], "aws:s3/bucket:Bucket::data")),
    edge("cloudfront-origin-exists", "a custom origin", OK, "", Change("distribution", "origins[1].domainName", "elsewhere.example.com")),
    edge("cloudfront-origin-access-control", "a custom origin needs none", OK, "", Change("distribution", "origins[1].originAccessControlId", ABSENT)),
    edge("cloudfront-key-groups", "of an ordered behaviour", V, "distribution", Change("distribution", "orderedCacheBehaviors[0].trustedSigners", ["self"])),
    edge("cloudfront-strict-transport-security", "an ordered behaviour without", V, "distribution", Change("distribution", "orderedCacheBehaviors[0].responseHeadersPolicyId", ABSENT)),
    edge("api-gateway-api-tls", "its own is weak, and the document is not known", V, "api", Change("api", "securityPolicy", "TLS_1_0"), Change("api", "body", UNKNOWN)),
    edge("api-gateway-api-tls", "its own is not known, and the document's is weak", V, "api",
         Change("api", "securityPolicy", UNKNOWN), Change("api", "body!x-amazon-apigateway-security-policy", "TLS_1_0")),
    edge("api-gateway-execution-logs", "no settings", V, "stage", Change("method-settings", value=REMOVED)),
    edge("api-gateway-execution-logs", "for one method only", V, "stage", Change("method-settings", "methodPath", "companies/GET")),
    edge("api-gateway-throttling", "no settings", V, "stage", Change("method-settings", value=REMOVED)),
    edge("api-gateway-web-acl", "none", V, "stage", Change("acl-association", value=REMOVED)),
    edge("api-gateway-web-acl", "another stage's", V, "stage", Change("acl-association", "resourceArn", "arn:theirs")),
    edge("api-gateway-web-acl", "a load balancer's", V, "stage", Change("acl-association", "resourceArn", Ref("balancer"))),
    *(edge("api-gateway-web-acl", f"the site's, {name}", expected, at, Change("acl-association", value=REMOVED), *ON_SITE, *changes)
      for name, expected, at, changes in (
          ("where every operation asks for the key", OK, "", ()),
          ("without one", V, "distribution", (Change("distribution", "webAclId", ABSENT),)),
          ("with an unknown one", OK, "", (Change("distribution", "webAclId", UNKNOWN),)),
          ("with an operation that anybody may call", V, "api", (Change("api", f"{GET}.security", []),)),
          ("with an alternative to the key", V, "api", (Change("api", f"{GET}.security", [{"api_key": []}, {}]),)),
          ("with an authorizer instead of the key", V, "api", (Change("api", f"{GET}.security", [{"users": []}]),
              Change("api", "body!components.securitySchemes.users",
                     {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "cognito_user_pools"}))),
          ("with a document that is not known", U, "api", (Change("api", "body", UNKNOWN),)),
          ("with a document that is none", V, "api", (Change("api", "body", "openapi: 3.0.1"),)),
          ("without a document", V, "stage", (Change("api", "body", ABSENT),)),
          ("without the key in its header", V, "stage", (Change("distribution", "origins[1].customHeaders", [{"name": "x-from", "value": "site"}]),)),
          ("with headers that are not known", U, "distribution", (Change("distribution", "origins[1].customHeaders", UNKNOWN),)),
          ("with another API", V, "stage", (Change("distribution", "origins[1].domainName", "elsewhere.example.com"),)))),
    edge("api-gateway-cache-encrypted", "an encrypted cache", OK, "", Change("method-settings", "settings.cachingEnabled", True),
         Change("method-settings", "settings.cacheDataEncrypted", True)),
    edge("api-gateway-one-door", "without a domain", OK, "", Change("mapping", value=REMOVED), Change("api", "disableExecuteApiEndpoint", ABSENT)),
    *(edge("api-gateway-operations-authorized", f"below a base path, with {pattern} open", expected, "" if expected == OK else "api",
           Change("api", "body", Json({"paths": {"/api/v1/health": {"get": {"security": []}}, "/api/v1/x": {"options": {}},
                                                       "/{proxy+}": {"x-amazon-apigateway-any-method": {"security": [{"key": []}]}}},
                                             "components": {"securitySchemes": {"key": {"type": "apiKey", "name": "x-api-key", "in": "header"}}}})), open_paths=[pattern])
      for pattern, expected in (("/health", OK), ("/v1/health", OK), ("/api/v1/health", OK), ("/healthy", V), ("/x", V))),
    *(edge(rule, f"a document that takes the place of the first, {name}", expected, "put" if expected != OK else "",
           Change("put", node=Node("aws:apigateway/restApiPut:RestApiPut", {"restApiId": Ref("api"), "body": _imported(document)})))
      for rule, name, expected, document in PUT),
    edge("no-foreign-accounts", "a policy for another account in the API's document", V, "api", Change("api", "body!x-amazon-apigateway-policy", THEIR_POLICY)),
    edge("api-gateway-operations-authorized", "an unknown document that takes the place of the first", U, "put", Change("put", node=Node("aws:apigateway/restApiPut:RestApiPut", {"body": UNKNOWN}))),
    edge("api-gateway-operations-authorized", "an open path", OK, "", Change("api", f"{GET}.security", []), open_paths=["/companies/{id}"]),
    edge("api-gateway-operations-authorized", "security at the root does not count", V, "api", Change("api", f"{GET}.security", ABSENT),
         Change("api", "body!security", [{"api_key": []}])),
    edge("api-gateway-operations-authorized", "every method at once", V, "api",
         Change("api", "body!paths./companies/{id}.x-amazon-apigateway-any-method", {"x-amazon-apigateway-integration": INTEGRATION})),
    edge("api-gateway-operations-authorized", "an unknown document", U, "api", Change("api", "body", UNKNOWN)),
    edge("api-gateway-operations-authorized", "no JSON", V, "api", Change("api", "body", "openapi: 3.0.1")),
    edge("api-gateway-private-integrations", "no integration", V, "api", Change("api", LINK, ABSENT)),
    edge("api-gateway-private-integrations", "upper case", OK, "", Change("api", f"{LINK}.type", "HTTP_PROXY")),
    edge("api-gateway-private-integrations", "an AWS service", OK, "", Change("api", LINK, {"type": "aws_proxy"})),
    edge("api-gateway-path-parameters", "a greedy one", OK, "", Change("api", f"{LINK}.uri", "http://${stageVariables.host}/{id+}")),
    edge("api-gateway-path-parameters", "an unknown document", U, "api", Change("api", "body", UNKNOWN)),
    edge("api-gateway-request-validation", "of the operation", OK, "", Change("api", "body!x-amazon-apigateway-request-validator", ABSENT),
         Change("api", f"{GET}.x-amazon-apigateway-request-validator", "all")),
    edge("api-gateway-request-validation", "nothing to validate", OK, "", Change("api", "body!x-amazon-apigateway-request-validator", ABSENT),
         Change("api", f"{GET}.parameters", [{"name": "page", "in": "query"}, {"name": "id", "in": "path", "required": True}])),
    edge("api-gateway-request-validation", "a body of JSON", V, "api", Change("api", "body!x-amazon-apigateway-request-validator", ABSENT),
         Change("api", f"{GET}.parameters", ABSENT), Change("api", f"{GET}.requestBody", {"content": {"application/json": {"schema": {}}}})),
    edge("api-gateway-request-validation", "an upload", OK, "", Change("api", "body!x-amazon-apigateway-request-validator", ABSENT),
         Change("api", f"{GET}.parameters", ABSENT), Change("api", f"{GET}.requestBody", {"content": {"multipart/form-data": {"schema": {}}}})),
    *(edge("api-gateway-operations-authorized", f"a method of its own {inputs}", expected, "method" if expected == V else "",
           Change("method", node=Node("aws:apigateway/method:Method", {"httpMethod": "GET", "authorization": "NONE", **inputs})))
      for inputs, expected in (({}, V), ({"apiKeyRequired": True}, OK), ({"authorization": "AWS_IAM"}, OK), ({"httpMethod": "OPTIONS"}, OK))),
    *(edge("api-gateway-private-integrations", f"an integration of its own {inputs}", expected, "integration" if expected == V else "",
           Change("integration", node=Node("aws:apigateway/integration:Integration", {"type": "HTTP_PROXY", **inputs})))
      for inputs, expected in (({}, V), ({"connectionType": "VPC_LINK"}, OK), ({"type": "AWS_PROXY"}, OK))),
    edge("api-gateway-request-validation", "the operation's own validates less", V, "api",
         Change("api", "body!x-amazon-apigateway-request-validators.none", {}), Change("api", f"{GET}.x-amazon-apigateway-request-validator", "none")),
    edge("api-gateway-request-validation", "a parameter of the path", V, "api", Change("api", "body!x-amazon-apigateway-request-validator", ABSENT),
         Change("api", f"{GET}.parameters", ABSENT), Change("api", "body!paths./companies/{id}.parameters", [{"in": "header", "required": True}])),
    edge("api-gateway-one-door", "a mapping of the second version", V, "api", Change("mapping", value=REMOVED), Change("api", "disableExecuteApiEndpoint", ABSENT),
         Change("second", node=Node("aws:apigatewayv2/apiMapping:ApiMapping", {"apiId": Ref("api")}))),
    edge("api-gateway-operations-authorized", "an open pattern", OK, "", Change("api", f"{GET}.security", []), open_paths=["/companies/*"]),
    edge("api-gateway-policy", "anybody may manage", V, "api-policy", _api_policy(Action="apigateway:*")),
    edge("api-gateway-policy", "anybody with TLS may manage", V, "api-policy", _api_policy(Action="*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
    edge("api-gateway-policy", "anybody of an account may manage", OK, "", _api_policy(Action="*", Condition={"StringEquals": {"aws:SourceAccount": "1"}})),
    edge("api-gateway-policy", "anybody may call, in small letters", OK, "", _api_policy(Action="execute-api:invoke")),
    edge("api-gateway-policy", "anybody may do all", V, "api-policy", _api_policy(Action="*")),
    edge("api-gateway-policy", "in the document", V, "api", Change("api", "body!x-amazon-apigateway-policy", {"Statement": {**ANYBODY, "Action": "*"}})),
    edge("api-gateway-policy", "an account may", OK, "", _api_policy(Action="*", Principal={"AWS": "123456789012"})),
    *(edge(rule, f"rules as JSON {rules}", expected, "web-acl" if expected == V else "", Change("web-acl", "rules", ABSENT), Change("web-acl", "ruleJson", Json(rules)))
      for rule, rules, expected in (
          ("waf-rules", [], V), ("waf-rules", [{}], OK),
          ("waf-rules-block", [{"OverrideAction": {"Count": {}}}], V), ("waf-rules-block", [{"OverrideAction": {"None": {}}}], OK),
          ("waf-metrics", [{"VisibilityConfig": {"CloudWatchMetricsEnabled": False}}], V), ("waf-metrics", [{}], V), ("waf-metrics", [{"VisibilityConfig": {}}], V),
          ("waf-metrics", [{"VisibilityConfig": {"CloudWatchMetricsEnabled": True}}], OK))),
    *(edge("waf-rules-block", name, expected, "web-acl" if expected != OK else "", Change("web-acl", "rules", [{"statement": {kind: group}}]), *more)
      for name, kind, group, expected, *more in (
          ("a rule of a managed group counts", "managedRuleGroupStatement", _counting("NoUserAgent_HEADER"), V),
          ("nobody knows which rule counts", "managedRuleGroupStatement", _counting(UNKNOWN), U),
          ("nobody knows what a rule of a managed group does", "managedRuleGroupStatement", {"ruleActionOverrides": UNKNOWN}, U),
          ("a rule of a managed group lets through", "managedRuleGroupStatement", _counting("NoUserAgent_HEADER", "allow"), V),
          ("a rule of a managed group asks for a captcha", "managedRuleGroupStatement", _counting("NoUserAgent_HEADER", "captcha"), OK),
          ("a rule of an own group counts", "ruleGroupReferenceStatement", _counting("mine"), V),
          ("a rule of an own group is excluded", "ruleGroupReferenceStatement", {"excludedRules": [{"name": "mine"}]}, V),
          ("large bodies count for an API", "managedRuleGroupStatement", _counting("SizeRestrictions_BODY"), OK),
          ("large bodies count for a site", "managedRuleGroupStatement", _counting("SizeRestrictions_BODY"), V, OF_SITE),
          ("large bodies count for a site that takes POST", "managedRuleGroupStatement", _counting("SizeRestrictions_BODY"), OK, OF_SITE,
           Change("distribution", "orderedCacheBehaviors[0].allowedMethods", ["GET", "POST"])))),
    *(edge("waf-rules-block", f"what a rule counts is blocked by its label {name}", expected, "web-acl" if expected != OK else "",
           Change("web-acl", "rules", [{"priority": 10, "statement": {"managedRuleGroupStatement": _counting("NoUserAgent_HEADER")}}, {"priority": 20, **later}]))
      for name, later, expected in (
          ("elsewhere", {"action": {"block": {}}, "statement": {"andStatement": {"statements": [_labelled("NoUserAgent_Header"), NOT_THERE]}}}, OK),
          ("or another one", {"action": {"block": {}}, "statement": {"orStatement": {"statements": [_labelled("x"), _labelled("NoUserAgent_Header")]}}}, OK),
          ("alone", {"action": {"block": {}}, "statement": _labelled("NoUserAgent_Header")}, OK),
          ("but it is another label", {"action": {"block": {}}, "statement": _labelled("GenericLFI_Body")}, V),
          ("but it is let through", {"action": {"allow": {}}, "statement": _labelled("NoUserAgent_Header")}, V),
          ("but only where it is not", {"action": {"block": {}}, "statement": {"notStatement": {"statement": _labelled("NoUserAgent_Header")}}}, V),
          ("before there is a label", {"priority": 5, "action": {"block": {}}, "statement": _labelled("NoUserAgent_Header")}, V))),
    *(edge("waf-rules-block", f"as JSON {group}", V, "web-acl", Change("web-acl", "rules", ABSENT), Change("web-acl", "ruleJson", Json([{"Statement": {"ManagedRuleGroupStatement": group}}])))
      for group in ({"RuleActionOverrides": [{"Name": "x", "ActionToUse": {"Count": {}}}]}, {"ExcludedRules": [{"Name": "x"}]})),
    *(edge("waf-metrics", f"a rule group's rules as JSON in {path} {enabled}", expected, "group",
           Change("group", node=Node("aws:wafv2/ruleGroup:RuleGroup", {"visibilityConfig": {"cloudwatchMetricsEnabled": True},
                  path: Json([{"VisibilityConfig": {"CloudWatchMetricsEnabled": enabled}}])})))
      for path, enabled, expected in (("rulesJson", False, V), ("rulesJson", True, OK), ("rulesJson", UNKNOWN, U), ("ruleJson", False, OK))),
    edge("waf-metrics", "a web ACL without a rule group's property", OK, "",
         Change("web-acl", "rulesJson", Json([{"VisibilityConfig": {"CloudWatchMetricsEnabled": False}}]))),
    edge("waf-metrics", "a rule group's rules as JSON without metrics", V, "group",
         Change("group", node=Node("aws:wafv2/ruleGroup:RuleGroup", {"visibilityConfig": {"cloudwatchMetricsEnabled": True}, "rulesJson": Json([{}])}))),
    edge("waf-rules", "unknown JSON", U, "web-acl", Change("web-acl", "rules", ABSENT), Change("web-acl", "ruleJson", UNKNOWN)),
    edge("waf-logs", "none", V, "web-acl", Change("acl-logging", value=REMOVED)),
    edge("waf-logs", "another's", V, "web-acl", Change("acl-logging", "resourceArn", "arn:theirs")),
    edge("waf-logs", "unknown destinations are some", OK, "", Change("acl-logging", "logDestinationConfigs", UNKNOWN)),
    edge("route53-query-logs", "none", V, "zone", Change("query-log", value=REMOVED)),
    edge("route53-query-logs", "another zone's", V, "zone", Change("query-log", "zoneId", "Z1")),
    edge("route53-query-logs", "a private zone", OK, "", Change("query-log", value=REMOVED), Change("zone", "vpcs", [{"vpcId": Ref("vpc")}])),
    *(edge("route53-query-logs", f"a zone whose VPCs are {vpcs}", expected, "zone", Change("query-log", value=REMOVED), Change("zone", "vpcs", vpcs))
      for vpcs, expected in ((UNKNOWN, U), ([], V), (WRONG_TYPE, V))),
    edge("route53-query-logs", "a logged zone whose VPCs are unknown", OK, "", Change("zone", "vpcs", UNKNOWN)),
    edge("waf-metrics", "a rule group", V, "group", Change("group", node=Node("aws:wafv2/ruleGroup:RuleGroup", {"visibilityConfig": {}}))),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
