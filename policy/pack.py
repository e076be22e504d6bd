"""The adapter to Pulumi's policy engine: one policy a rule, and three that say what the pack itself did."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from policy.analyzer import install
from policy.exemptions import Exemption, Exemptions, parse
from policy.rule import Rule, Verdict, documentation, evaluate, evaluate_graph
from policy.rules import BY_ID, RULES
from policy.session import Session

NAME: Final = "spot-platform"
EXEMPTIONS_FILE: Final = Path(__file__).parent / "exemptions.yaml"

UNDECIDED: Final = "undecided-at-preview"
EXEMPTIONS_USED: Final = "exemptions-used"
EXEMPTIONS_VALID: Final = "exemptions-valid"
HOUSEKEEPING: Final = (UNDECIDED, EXEMPTIONS_USED, EXEMPTIONS_VALID)
"""The policies that are no rules; a configuration may set their enforcement too."""


def serve() -> None:
    """Run the pack until the engine ends it; an unusable file of exemptions ends it at once."""
    try:
        entries = exemptions()
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)
    install()
    PolicyPack(
        NAME,
        policies=policies(entries, datetime.now(UTC).date()),
        enforcement_level=EnforcementLevel.MANDATORY,
    )


def exemptions() -> list[Exemption]:
    """Read the pack's own file of exemptions.

    Returns:
        Its entries; none when there is no file.

    Raises:
        ValueError: All that is wrong with it, one line each.
    """
    return parse(EXEMPTIONS_FILE.read_text(encoding="utf-8"), BY_ID) if EXEMPTIONS_FILE.exists() else []


def policies(entries: list[Exemption], today: date) -> list[Policy]:
    """Make the policies of one run.

    Args:
        entries: The exemptions.
        today: The day that they are judged on.

    Returns:
        One policy for each rule, then those of ``HOUSEKEEPING``.
    """
    session = Session(Exemptions(entries, today))
    return [*(_policy(rule, session) for rule in RULES), *_housekeeping(session)]


def message(rule: Rule, verdict: Verdict) -> str:
    """Say what is wrong and what to do.

    Args:
        rule: The violated rule.
        verdict: A violation.
    """
    return f"{verdict.message}. {rule.remediation}"


def _policy(rule: Rule, session: Session) -> Policy:
    common = {
        "name": rule.id,
        "description": f"{rule.title}.",
        "enforcement_level": EnforcementLevel.MANDATORY,
        "display_name": rule.title,
        "severity": Severity(rule.severity.value),
        "config_schema": PolicyConfigSchema({k: dict(v) for k, v in rule.config.items()}),
        "framework": PolicyComplianceFramework(
            name="AWS Foundational Security Best Practices", reference=", ".join(rule.fsbp)
        )
        if rule.fsbp
        else None,
        "tags": [rule.concern.value, *rule.fsbp, *rule.checkov],
        "remediation_steps": rule.remediation,
        "url": documentation(rule),
    }
    if rule.check is not None:
        return ResourceValidationPolicy(validate=_on_resource(rule, session), **common)  # pyright: ignore[reportArgumentType] - the SDK's own optional types
    return StackValidationPolicy(validate=_on_stack(rule, session), **common)  # pyright: ignore[reportArgumentType] - the SDK's own optional types


def _on_resource(rule: Rule, session: Session) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = session.resource(args)
        if resource.type in rule.types:
            for verdict in session.standing(rule, evaluate(rule, resource, args.get_config())):
                report(message(rule, verdict), None)

    return validate


def _on_stack(rule: Rule, session: Session) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        graph = session.graph(args.resources)
        for verdict in session.standing(rule, evaluate_graph(rule, graph, args.get_config())):
            report(message(rule, verdict), verdict.urn)

    return validate


def _housekeeping(session: Session) -> list[Policy]:
    def undecided(_args: StackValidationArgs, report: ReportViolation) -> None:
        for question, rules in session.undecided.items():
            report(
                f"undecided at preview: {question.path} ({question.reason}); asked by {', '.join(rules)}",
                question.urn,
            )

    def used(args: StackValidationArgs, report: ReportViolation) -> None:
        session.catch_up(session.graph(args.resources), RULES)
        for entry, urn in session.exemptions.granted():
            report(f"{entry.rule} until {entry.expires.isoformat()}: {entry.reason}", urn)

    def valid(args: StackValidationArgs, report: ReportViolation) -> None:
        session.catch_up(session.graph(args.resources), RULES)
        stack = args.resources[0].urn.split(":")[2] if args.resources else ""
        for entry, why in session.exemptions.stale(stack):
            report(f"exemption of {entry.urn} from {entry.rule}: {why}. Remove or renew it.", None)

    return [
        StackValidationPolicy(
            name=UNDECIDED,
            description="Not decided by this preview; the update decides it before it makes the resource.",
            enforcement_level=EnforcementLevel.ADVISORY,
            validate=undecided,
        ),
        StackValidationPolicy(
            name=EXEMPTIONS_USED,
            description="Exempted, with a reason.",
            enforcement_level=EnforcementLevel.ADVISORY,
            validate=used,
        ),
        StackValidationPolicy(
            name=EXEMPTIONS_VALID,
            description="Exemptions hold and are needed.",
            enforcement_level=EnforcementLevel.MANDATORY,
            validate=valid,
        ),
    ]
