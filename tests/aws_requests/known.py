"""Requests that the provider sends with every program although a model forbids them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A known problem of the provider.

    Attributes:
        where: Service, operation and path of the value.
        problem: Prefix of the problem's text.
        reason: Why the provider sends it, and why AWS accepts it.
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
    """Check whether a problem is a known problem of the provider."""
    return any(where == known.where and problem.startswith(known.problem) for known in KNOWN)
