import json
import re

from spot_planning.monitoring.access_log import (
    API_ACCESS_LOG_FIELDS,
    DISTRIBUTION_LOG_FIELDS,
    api_access_log_format,
    log_delivery_statement,
)


def test_the_format_is_one_line_of_json_whatever_a_request_lacks():
    format_ = api_access_log_format()

    assert "\n" not in format_
    filled = re.sub(r"\$context\.[A-Za-z.]+", "-", format_)
    assert json.loads(filled) == dict.fromkeys(API_ACCESS_LOG_FIELDS, "-")


def test_the_format_names_every_request_which_api_gateway_asks_for():
    assert {"$context.requestId", "$context.extendedRequestId"} <= set(API_ACCESS_LOG_FIELDS.values())


def test_what_opens_a_session_is_not_logged():
    variables = set(API_ACCESS_LOG_FIELDS.values())

    assert "$context.identity.apiKeyId" in variables
    assert "$context.identity.apiKey" not in variables
    assert not {"cs(Cookie)", "cs-uri-query", "cs(Referer)"} & set(DISTRIBUTION_LOG_FIELDS)
    assert len(set(DISTRIBUTION_LOG_FIELDS)) == len(DISTRIBUTION_LOG_FIELDS)


def test_only_one_source_may_deliver():
    source = "arn:aws:logs:us-east-1:123456789012:delivery-source:site"
    statement = log_delivery_statement("123456789012", source)

    assert statement["Resource"] == ["/AWSLogs/123456789012/*"]
    assert statement["Condition"]["ArnLike"] == {"aws:SourceArn": source}
