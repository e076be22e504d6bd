"""Notifications of a database's events."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.data.database import EVENT_SUBSCRIPTIONS
from spot_planning.declarations import arguments
from spot_platform.component import Component, Transform


@arguments
class DatabaseEventsArgs:
    """Arguments of `DatabaseEvents`."""

    topic_arn: pulumi.Input[str]
    """The SNS topic. Its policy and its key's policy must allow events.rds.amazonaws.com."""
    instance_identifiers: list[pulumi.Input[str]]
    """Identifiers of the instances whose events are sent."""
    parameter_group_name: pulumi.Input[str]
    """The DB parameter group whose events are sent."""


@dataclass(frozen=True, kw_only=True)
class DatabaseEventsTransforms:
    """Changes to the arguments of `DatabaseEvents`'s resources."""

    subscription: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseEventsNodes:
    """The resources of `DatabaseEvents`."""

    subscriptions: dict[str, aws.rds.EventSubscription]


class DatabaseEvents(Component):
    """spot-platform:index:DatabaseEvents: Amazon RDS sends a database's events to an SNS topic.

    Makes: an event subscription for the instances (Security Hub RDS.20), for their parameter group (RDS.21) and for DB
    security groups (RDS.22).

    Costs: nothing except the topic's messages.

    Risks: without the topic's permission the subscriptions are created, but nothing arrives.
    """

    def __init__(
        self,
        name: str,
        args: DatabaseEventsArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: DatabaseEventsTransforms | None = None,
    ) -> None:
        super().__init__(name, opts)
        transforms = transforms or DatabaseEventsTransforms()
        sources: dict[str, list[pulumi.Input[str]]] = {
            "db-instance": args.instance_identifiers,
            "db-parameter-group": [args.parameter_group_name],
        }
        self.nodes = DatabaseEventsNodes(
            subscriptions={
                source_type: aws.rds.EventSubscription(
                    f"{name}-{source_type}",
                    sns_topic=args.topic_arn,
                    source_type=source_type,
                    # None means all sources of the type: a VPC has no DB security groups that could be named.
                    source_ids=sources.get(source_type),
                    event_categories=list(categories),
                    opts=self.child(transforms.subscription),
                )
                for source_type, categories in EVENT_SUBSCRIPTIONS.items()
            }
        )
        self.finish()
