"""What the policy pack knows of its findings and the engine's events do not tell: severities, settings, the parts."""

from collections.abc import Sequence

from toolchain.view.findings import Finding, Judgement
from toolchain.view.progress import Violation


def judged(violations: Sequence[Violation]) -> Judgement:
    """Sort out what the policies said.

    Args:
        violations: As the engine told them. Those of another pack have no severity and no settings.
    """
    if not violations:
        return Judgement()
    # Only a run that found something needs the rules, whose import takes a quarter of a second.
    from policy import told  # noqa: PLC0415

    return Judgement(
        findings=[
            Finding(
                policy=each.policy,
                urn=each.urn,
                is_mandatory=each.is_mandatory,
                severity=told.severity(each.policy),
                settings=told.settings(each.policy, each.urn),
                lists=told.LISTS.get(each.policy, ""),
                **told.parts(each.message)._asdict(),
            )
            for each in violations
            if not told.is_summary(each.policy)
        ],
        summary=[line for each in violations if told.is_summary(each.policy) for line in each.message.splitlines()],
    )
