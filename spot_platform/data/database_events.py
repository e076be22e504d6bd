"""Who hears of what happens to a database."""

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
    """The SNS topic; its policy must admit events.rds.amazonaws.com, its key too."""
    instance_identifiers: list[pulumi.Input[str]]
    """The instances to hear of."""
    parameter_group_name: pulumi.Input[str]
    """The DB parameter group to hear of."""


@dataclass(frozen=True, kw_only=True)
class DatabaseEventsTransforms:
    """Changes to the arguments of `DatabaseEvents`'s resources."""

    subscription: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class DatabaseEventsNodes:
    """The resources of `DatabaseEvents`."""

    subscriptions: dict[str, aws.rds.EventSubscription]


class DatabaseEvents(Component):
    """spot-platform:index:DatabaseEvents: Amazon RDS tells a topic what happens to a database.

    Makes: an event subscription for the instances (Security Hub RDS.20), for their parameter group (RDS.21) and for DB
    security groups (RDS.22).

    Costs: nothing beside the messages of the topic.

    Risks: without the topic's permission the subscriptions are made and nothing arrives.
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
                    # None are all of the type: a VPC has no DB security groups to name.
                    source_ids=sources.get(source_type),
                    event_categories=list(categories),
                    opts=self.child(transforms.subscription),
                )
                for source_type, categories in EVENT_SUBSCRIPTIONS.items()
            }
        )
        self.finish()
