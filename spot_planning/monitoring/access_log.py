"""Fields of the access logs of the API and of the site: enough to find a fault, but no credentials."""

from spot_planning.documents import canonical_json
from spot_planning.iam.policy_documents import Statement, statement

API_ACCESS_LOG_FIELDS = {
    "apiKeyId": "$context.identity.apiKeyId",
    "caller": "$context.identity.caller",
    "domainName": "$context.domainName",
    "errorMessage": "$context.error.message",
    "errorResponseType": "$context.error.responseType",
    "extendedRequestId": "$context.extendedRequestId",
    "httpMethod": "$context.httpMethod",
    "integrationError": "$context.integrationErrorMessage",
    "integrationLatency": "$context.integrationLatency",
    "integrationStatus": "$context.integrationStatus",
    "ip": "$context.identity.sourceIp",
    "path": "$context.path",
    "protocol": "$context.protocol",
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "resourcePath": "$context.resourcePath",
    "responseLatency": "$context.responseLatency",
    "responseLength": "$context.responseLength",
    "stage": "$context.stage",
    "status": "$context.status",
    "tlsVersion": "$context.tlsVersion",
    "user": "$context.identity.user",
    "userAgent": "$context.identity.userAgent",
    "wafResponseCode": "$context.wafResponseCode",
    "xrayTraceId": "$context.xrayTraceId",
}
"""Field -> variable of the access log of a REST API (Amazon API Gateway Developer Guide, "Variables for data models,
authorizers, mapping templates, and CloudWatch access logging"). The API key's id is logged, never its value."""


def api_access_log_format() -> str:
    """Return the access log format of a REST API stage: one JSON object per request, on one line.

    Every value is a string: API Gateway writes ``-`` for a missing value, which would not be valid JSON without quotes.
    """
    return canonical_json(API_ACCESS_LOG_FIELDS)


DISTRIBUTION_LOG_FIELDS = (
    "date",
    "time",
    "x-edge-location",
    "sc-bytes",
    "c-ip",
    "cs-method",
    "cs(Host)",
    "cs-uri-stem",
    "sc-status",
    "cs(User-Agent)",
    "x-edge-result-type",
    "x-edge-request-id",
    "x-host-header",
    "cs-protocol",
    "cs-bytes",
    "time-taken",
    "ssl-protocol",
    "ssl-cipher",
    "x-edge-response-result-type",
    "cs-protocol-version",
    "time-to-first-byte",
    "x-edge-detailed-result-type",
    "sc-content-type",
    "sc-content-len",
)
"""Fields of the site's access log (Amazon CloudFront Developer Guide, "Standard logging reference"). Left out on
purpose: cookies, query strings and referrers, which carry sign-in codes and password reset tokens."""

LOG_DELIVERY_SERVICE = "delivery.logs.amazonaws.com"


def log_delivery_statement(account_id: str, delivery_source_arn: str) -> Statement:
    """Return the statement that lets CloudWatch's log delivery write into a bucket, for one delivery source only.

    The resources are relative to the bucket. The delivery requests the canned ACL ``bucket-owner-full-control``, which
    buckets without ACLs accept.

    Source: Amazon CloudWatch Logs User Guide, "Logs sent to Amazon S3" (V2 permissions).

    Args:
        account_id: The account of the delivery source and the bucket.
        delivery_source_arn: ARN of the delivery source.
    """
    return statement(
        "ReceiveDeliveredLogs",
        ["s3:PutObject"],
        [f"/AWSLogs/{account_id}/*"],
        principal={"Service": LOG_DELIVERY_SERVICE},
        conditions={
            "StringEquals": {"aws:SourceAccount": account_id, "s3:x-amz-acl": "bucket-owner-full-control"},
            "ArnLike": {"aws:SourceArn": delivery_source_arn},
        },
    )
