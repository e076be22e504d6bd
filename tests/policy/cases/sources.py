"""Cases of the rule on permissions of services that act for a bucket, whose ARN does not contain its account."""

from typing import Any

from tests.policy.cases.table import OK, WRONG_TYPE, Case, Change, Impossible, Row, U, V, edge
from tests.policy.nodes import ABSENT, UNKNOWN, Json, Node, Ref

RULE = "sources-say-whose-they-are"
THEIRS = "arn:aws:s3:::their-bucket"
OWN = "123456789012"
NAMED = Change("named", node=Node("aws:s3/bucket:Bucket", {"bucket": "our-uploads"}))
S3 = {"Service": "s3.amazonaws.com"}


def _permitted(name: str, expected: str, inputs: dict[str, Any], *more: Change) -> Case:
    made = Node("aws:lambda/permission:Permission", {"principal": "s3.amazonaws.com", **inputs})
    return edge(RULE, f"a function: {name}", expected, "new" if expected != OK else "", Change("new", node=made), *more)


def _told(name: str, expected: str, principal: Any, condition: Any, at: str = "queue-policy", *more: Change) -> Case:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Principal": principal}
    change = Change(at, "policy!Statement[1]", {**statement, "Condition": condition})
    return edge(RULE, f"{at}: {name}", expected, at if expected != OK else "", change, *more)


def _arn(value: Any, operator: str = "ArnLike") -> dict[str, Any]:
    return {operator: {"aws:SourceArn": value}}


ROWS = (Row(RULE, "permission", "sourceArn", absent=OK, wrong=(THEIRS, "arn:aws:s3:::their-*")),)

EDGES = (
    _permitted("their bucket", V, {"sourceArn": THEIRS}),
    _permitted("their bucket, everybody", V, {"sourceArn": THEIRS, "principal": "*"}),
    _permitted("their bucket and its account", OK, {"sourceArn": THEIRS, "sourceAccount": OWN}),
    _permitted("their bucket and an account that is not known yet", OK, {"sourceArn": THEIRS, "sourceAccount": UNKNOWN}),
    _permitted("a rule of events", OK, {"sourceArn": f"arn:aws:events:us-east-1:{OWN}:rule/x"}),
    _permitted("a bucket of the stack by its name", OK, {"sourceArn": "arn:aws:s3:::our-uploads"}, NAMED),
    _permitted("a bucket of another name", V, {"sourceArn": "arn:aws:s3:::our-uploads-2"}, NAMED),
    _permitted("not known", U, {"sourceArn": UNKNOWN}),
    _permitted("of a wrong type", V, {"sourceArn": WRONG_TYPE}),
    edge(RULE, "nobody in particular", OK, "", Change("permission", "sourceArn", ABSENT)),
    *(_told(f"{principal} with {condition}", expected, principal, condition, at)
      for at in ("queue-policy", "topic-policy", "key", "secret-policy")
      for principal, condition, expected in (
          (S3, _arn(THEIRS), V), ("*", _arn(THEIRS, "ArnEquals"), V), ({"AWS": "*"}, _arn([f"arn:aws:sns:us-east-1:{OWN}:x", THEIRS]), V),
          (S3, {**_arn(THEIRS), "StringEquals": {"aws:SourceAccount": OWN}}, OK), (S3, _arn(f"arn:aws:sns:us-east-1:{OWN}:x"), OK),
          (S3, {**_arn(THEIRS), "StringEqualsIfExists": {"aws:SourceAccount": OWN}}, V), ({"AWS": OWN}, _arn(THEIRS), OK))),
    _told("a bucket of the stack by its name", OK, S3, _arn("arn:aws:s3:::our-uploads"), "queue-policy", NAMED),
    edge(RULE, "a bucket of the stack by its ARN", OK, "", Change("new", node=Node("aws:sqs/queuePolicy:QueuePolicy", {
        "policy": Json({"Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Principal": S3, "Condition": _arn(Ref("data"))}]})}))),
    *(edge(RULE, f"their bucket, beside {own}", V, "queue-policy", NAMED, Change("queue-policy", "policy!Statement[1]",
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": Ref(own), "Principal": S3, "Condition": _arn(THEIRS)}))
      for own in ("queue", "named")),
    edge(RULE, "a denial", OK, "", Change("queue-policy", "policy!Statement[1]", {"Effect": "Deny", "Action": "sqs:*", "Resource": "*", "Principal": "*", "Condition": _arn(THEIRS)})),
)  # fmt: skip

IMPOSSIBLE: tuple[Impossible, ...] = ()
