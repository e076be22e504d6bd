"""What the provider itself sends, whatever a program says, although a model forbids it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A mistake of the provider.

    Attributes:
        where: Service, operation and path of the value.
        problem: How the problem begins.
        reason: Why it is sent, and why AWS takes it.
    """

    where: str
    problem: str
    reason: str


KNOWN: tuple[Known, ...] = (
    Known(
        "s3control ListTagsForResource ResourceArn",
        "'arn:aws:s3:::",
        "The model's pattern wants a Region in the ARN, and that of a general purpose bucket has none. The page of "
        'ListTagsForResource (Amazon S3 API Reference, "S3 Control") has named such buckets among its resources since '
        "2025, and the provider reads their tags by it since its version 6.",
    ),
)


def is_known(where: str, problem: str) -> bool:
    """Whether a problem is one that the provider is known for."""
    return any(where == known.where and problem.startswith(known.problem) for known in KNOWN)
