"""A monthly budget that tells people before the bill does."""

from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from spot_planning.monitoring.budget import check_budget, plan_notifications
from spot_platform.component import Component, Transform, refusing


@dataclass(kw_only=True)
class BudgetArgs:
    """Arguments of `Budget`."""

    monthly_limit_usd: float
    """The budget, USD a month."""
    emails: list[str] = field(default_factory=list[str])
    """Who is told; 1 to 10 addresses."""
    tag: str | None = None
    """Counts only what carries this cost allocation tag, ``Stack=prod``; none counts the account. Cost allocation tags
    have to be activated in the payer account, once, a day before they count."""


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

    Makes: a budget that tells when 80 % and 100 % are spent, and when the forecast for the month exceeds it.

    Costs: nothing; AWS Budgets charges only for actions, which this has none of.

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
        with refusing(Budget, name):
            check_budget(args.monthly_limit_usd, args.emails, args.tag)
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
        self.register_outputs({"budget_name": self.budget_name})
