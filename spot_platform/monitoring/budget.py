"""A monthly budget with notifications."""

from collections.abc import Iterator
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from spot_planning.declarations import arguments
from spot_planning.monitoring.budget import plan_notifications
from spot_planning.monitoring.rules import somebody_is_told
from spot_planning.monitoring.settings import BudgetSettings
from spot_planning.problems import Problem
from spot_planning.repetition import nothing_twice
from spot_platform.component import Component, Transform, check


@arguments
class BudgetArgs(BudgetSettings):
    """Arguments of `Budget`."""

    tag: str | None = None
    """Cost allocation tag of the resources whose costs count, such as ``Stack=prod``; None for the whole account. A
    cost allocation tag must be activated once in the payer account, a day before it counts."""


@dataclass(frozen=True, kw_only=True)
class BudgetTransforms:
    """Changes to the arguments of `Budget`'s resources."""

    budget: Transform | None = None


@dataclass(frozen=True, kw_only=True)
class BudgetNodes:
    """The resources of `Budget`."""

    budget: aws.budgets.Budget


class Budget(Component):
    """spot-platform:index:Budget: a monthly cost budget with notifications by e-mail.

    Makes: a budget that sends notifications when 80 % and 100 % are spent, and when the forecast for the month exceeds
    it.

    Costs: nothing; AWS Budgets charges only for actions, and this budget has none.

    Risks: a budget stops nothing. AWS updates its figures up to three times a day, and forecasts need about five weeks
    of history.
    """

    budget_name: pulumi.Output[str]
    """The budget's name."""

    def __init__(
        self,
        name: str,
        args: BudgetArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        transforms: BudgetTransforms | None = None,
    ) -> None:
        check(Budget, name, args, (nothing_twice("emails"), somebody_is_told), _problems(args))
        super().__init__(name, opts)
        transforms = transforms or BudgetTransforms()
        tag_key, _, tag_value = (args.tag or "").partition("=")
        budget = aws.budgets.Budget(
            name,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{args.monthly_limit_usd:.2f}",
            limit_unit="USD",
            cost_filters=[aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[f"user:{tag_key}${tag_value}"])]
            if args.tag
            else None,
            notifications=[
                aws.budgets.BudgetNotificationArgs(
                    notification_type=planned.kind,
                    comparison_operator="GREATER_THAN",
                    threshold=float(planned.percent),
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=args.emails,
                )
                for planned in plan_notifications()
            ],
            opts=self.child(transforms.budget),
        )
        self.nodes = BudgetNodes(budget=budget)
        self.budget_name = budget.name
        self.finish()


def _problems(args: BudgetArgs) -> Iterator[Problem]:
    if args.monthly_limit_usd is None:
        yield Problem(("monthly_limit_usd",), "is empty; expected a number", shows_value=False)
    if args.tag is not None and not all(args.tag.partition("=")):
        yield Problem(("tag",), "must be KEY=VALUE")
