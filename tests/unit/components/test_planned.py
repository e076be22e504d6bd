"""The documents that a preview passes to the pack although they are only partly known; they contain no secret."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.output import Unknown

from spot_platform.component import DOCUMENTS, Component, Transform
from spot_platform.planned import NOT_KNOWN, planned, planned_json
from tests.program import record_as_aws
from tests.recording import Recording

SECRET = "a-secret-of-this-test"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


def reading(arn: str, account: str) -> dict[str, Any]:
    partition = arn.split(":")[1]
    return {"Resource": f"{arn}/*", "Account": account, "Partition": partition, "Action": ["s3:GetObject"]}


class Reader(Component):
    """A component with a bucket and a role that reads it."""

    name: pulumi.Output[str]

    def __init__(self, account: pulumi.Input[str], transform: Transform | None = None) -> None:
        super().__init__("reader", None)
        bucket = aws.s3.Bucket("reader", opts=self.child())
        role = aws.iam.Role("reader", assume_role_policy="{}", opts=self.child())
        self.policy = aws.iam.RolePolicy(
            "reader",
            role=role.name,
            policy=planned_json(reading, arn=bucket.arn, account=account),
            opts=self.child(transform),
        )
        self.name = role.name
        self.finish()


class Outer(Component):
    """A component that contains another one."""

    def __init__(self) -> None:
        super().__init__("outer", None)
        Inner(self.child())
        self.finish()


class Inner(Component):
    """A component with a document."""

    def __init__(self, opts: pulumi.ResourceOptions) -> None:
        super().__init__("inner", opts)
        topic = aws.sns.Topic("inner", opts=self.child())
        aws.sns.TopicPolicy(
            "inner", arn=topic.arn, policy=planned_json(reading, arn=topic.arn, account="1"), opts=self.child()
        )
        self.finish()


def registered(recording: Recording, component: str = "Reader") -> list[dict[str, Any]]:
    return recording.outputs[recording.one(component).urn].get(DOCUMENTS, [])


def test_preview_registers_what_is_known_of_a_document() -> None:
    recording = record_as_aws(lambda: Reader("123456789012"), preview=True)
    assert isinstance(recording.one(ROLE_POLICY).inputs["policy"], Unknown)
    [document] = registered(recording)
    content = document.pop("content")
    assert document == {"type": ROLE_POLICY, "name": "reader", "property": "policy"}
    assert isinstance(content.pop("Partition"), Unknown)
    assert content == {"Resource": f"{NOT_KNOWN}/*", "Account": "123456789012", "Action": ["s3:GetObject"]}


def test_update_registers_nothing_and_makes_the_document() -> None:
    recording = record_as_aws(lambda: Reader("123456789012"))
    assert set(recording.outputs[recording.one("Reader").urn]) == {"name"}
    policy = recording.one(ROLE_POLICY)
    assert json.loads(policy.inputs["policy"])["Account"] == "123456789012"
    assert policy.property_dependencies["policy"] == {recording.one("aws:s3/bucket:Bucket").urn}


def test_secret_is_not_registered_and_stays_a_secret() -> None:
    def program() -> None:
        Reader(pulumi.Output.secret(SECRET))

    recording = record_as_aws(program, preview=True)
    [document] = registered(recording)
    assert isinstance(document["content"]["Account"], Unknown)
    assert SECRET not in repr(recording.outputs)
    made = record_as_aws(program)
    assert made.one(ROLE_POLICY).secret_inputs == {"policy"}
    assert SECRET in made.one(ROLE_POLICY).inputs["policy"]
    assert SECRET not in repr(made.outputs)


def test_secret_inside_a_planned_value_is_not_registered() -> None:
    def shouted(text: str) -> str:
        return text.upper()

    def program() -> None:
        Reader(planned(shouted, text=pulumi.Output.secret(SECRET)))

    recording = record_as_aws(program, preview=True)
    assert SECRET.upper() not in repr(recording.outputs)
    assert SECRET.upper() in record_as_aws(program).one(ROLE_POLICY).inputs["policy"]


def test_known_document_is_not_registered() -> None:
    class Known(Component):
        def __init__(self) -> None:
            super().__init__("known", None)
            aws.sns.TopicPolicy(
                "known", arn="arn:x", policy=planned_json(reading, arn="arn:x:y", account="1"), opts=self.child()
            )
            self.finish()

    recording = record_as_aws(Known, preview=True)
    assert recording.outputs[recording.one("Known").urn] == {}


def test_document_is_that_of_the_nearest_component() -> None:
    recording = record_as_aws(Outer, preview=True)
    assert registered(recording, "Outer") == []
    assert [document["name"] for document in registered(recording, "Inner")] == ["inner"]


def changed(props: dict[str, Any]) -> dict[str, Any]:
    return {**props, "policy": props["policy"].apply(str.upper)}


@pytest.mark.parametrize("transform", [{"policy": "{}"}, changed])
def test_transform_that_replaces_the_document_takes_it_out(transform: Transform) -> None:
    assert registered(record_as_aws(lambda: Reader("1", transform), preview=True)) == []


def test_transform_can_plan_too() -> None:
    def widened(policy: str) -> dict[str, Any]:
        return {**json.loads(policy), "Action": "*"}

    def transform(props: dict[str, Any]) -> dict[str, Any]:
        return {**props, "policy": planned_json(widened, policy=props["policy"])}

    [document] = registered(record_as_aws(lambda: Reader("1", transform), preview=True))
    assert document["content"]["Action"] == "*"
    assert document["content"]["Resource"] == f"{NOT_KNOWN}/*"


def test_function_that_refuses_the_stand_in_leaves_all_unknown() -> None:
    def number(arn: str, account: str) -> dict[str, Any]:
        return {"Resource": arn, "Number": int(account)}

    class Strict(Component):
        def __init__(self) -> None:
            super().__init__("strict", None)
            bucket = aws.s3.Bucket("strict", opts=self.child())
            aws.sns.TopicPolicy(
                "strict",
                arn="arn:x",
                policy=planned_json(number, arn="arn:x", account=bucket.region.apply(lambda _: "7")),
                opts=self.child(),
            )
            self.finish()

    recording = record_as_aws(Strict, preview=True)
    assert isinstance(recording.one("TopicPolicy").inputs["policy"], Unknown)
    assert registered(recording, "Strict") == []


def test_wrong_input_fails_as_it_would_without_a_plan() -> None:
    with pytest.raises(Exception, match="list index out of range"):
        record_as_aws(lambda: planned(reading, arn="no-arn", account="1"))


def test_output_that_was_applied_to_what_is_unknown_is_unknown_inside_a_list_too() -> None:
    def listed(names: list[str | None]) -> dict[str, Any]:
        return {"Names": names}

    def same(arn: str) -> str:
        return arn

    class Lister(Component):
        def __init__(self) -> None:
            super().__init__("lister", None)
            topic = aws.sns.Topic("lister", opts=self.child())
            names = pulumi.Output.all(topic.arn.apply(same), topic.arn, "known")
            aws.sns.TopicPolicy("lister", arn="arn:x", policy=planned_json(listed, names=names), opts=self.child())
            self.finish()

    [document] = registered(record_as_aws(Lister, preview=True), "Lister")
    first, second, third = document["content"]["Names"]
    assert isinstance(first, Unknown)
    assert isinstance(second, Unknown)
    assert third == "known"


def test_text_that_only_begins_like_json_is_registered_as_text() -> None:
    def text(arn: str) -> str:
        return f"[{arn}]"

    class Texts(Component):
        def __init__(self) -> None:
            super().__init__("texts", None)
            topic = aws.sns.Topic("texts", opts=self.child())
            aws.sns.Topic("named", display_name=planned(text, arn=topic.arn), opts=self.child())
            self.finish()

    [document] = registered(record_as_aws(Texts, preview=True), "Texts")
    assert document["content"] == f"[{NOT_KNOWN}]"


def test_keys_of_a_planned_statement_are_known_one_by_one() -> None:
    def statement(arn: str) -> dict[str, Any]:
        return {"Effect": "Allow", "Resource": [arn]}

    async def known(output: pulumi.Output[Any]) -> bool:
        return await output.is_known()

    def program() -> dict[str, Any]:
        made = planned(statement, arn=aws.s3.Bucket("b").arn)
        return {key: known(made[key]) for key in ("Effect", "Resource")}

    assert record_as_aws(program, preview=True).result == {"Effect": True, "Resource": False}


def test_mocks_still_do_not_have_what_pulumis_own_transforms_need() -> None:
    """docs/decisions says why slots are `transformations`: when this fails, ask again whether they should be."""

    def renamed(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        return pulumi.ResourceTransformResult(args.props, args.opts)

    with pytest.raises(Exception, match="Callback server not initialized"):
        record_as_aws(lambda: aws.s3.Bucket("it", opts=pulumi.ResourceOptions(transforms=[renamed])))
