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


KNOWN: tuple[Known, ...] = tuple(
    Known(
        f"s3control {operation} ResourceArn",
        "'arn:aws:s3:::",
        "The model's pattern wants a Region in the ARN, and that of a general purpose bucket has none. The pages of the "
        'three operations (Amazon S3 API Reference, "S3 Control") have named such buckets among their resources since '
        "2025, and the provider reads and changes their tags by them since its version 6.",
    )
    for operation in ("ListTagsForResource", "TagResource", "UntagResource")
)


def is_known(where: str, problem: str) -> bool:
    """Whether a problem is one that the provider is known for."""
    return any(where == known.where and problem.startswith(known.problem) for known in KNOWN)
