"""The view of a resource that rules read. It is the same for the engine's calls and for recordings of unit tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from policy.values import Value

# The provider still accepts these older tokens. A rule that knew only one of two tokens could be avoided with the other
# (pulumi/compliance-policies issue 51).
_SAME_TYPE = {
    "aws:alb/listener:Listener": "aws:lb/listener:Listener",
    "aws:alb/loadBalancer:LoadBalancer": "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/targetGroup:TargetGroup": "aws:lb/targetGroup:TargetGroup",
    "aws:applicationloadbalancing/listener:Listener": "aws:lb/listener:Listener",
    "aws:applicationloadbalancing/loadBalancer:LoadBalancer": "aws:lb/loadBalancer:LoadBalancer",
    "aws:applicationloadbalancing/targetGroup:TargetGroup": "aws:lb/targetGroup:TargetGroup",
    "aws:elasticloadbalancingv2/listener:Listener": "aws:lb/listener:Listener",
    "aws:elasticloadbalancingv2/loadBalancer:LoadBalancer": "aws:lb/loadBalancer:LoadBalancer",
    "aws:elasticloadbalancingv2/targetGroup:TargetGroup": "aws:lb/targetGroup:TargetGroup",
    "aws:s3/bucketAclV2:BucketAclV2": "aws:s3/bucketAcl:BucketAcl",
    "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2": (
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration"
    ),
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": (
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
    ),
    "aws:s3/bucketLoggingV2:BucketLoggingV2": "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    ),
    "aws:s3/bucketV2:BucketV2": "aws:s3/bucket:Bucket",
    "aws:s3/bucketVersioningV2:BucketVersioningV2": "aws:s3/bucketVersioning:BucketVersioning",
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": (
        "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration"
    ),
}


def normalised(resource_type: str) -> str:
    """Return the token that rules use for a resource type.

    Args:
        resource_type: A type token, perhaps an older one.

    Returns:
        The newest token of that type.
    """
    return _SAME_TYPE.get(resource_type, resource_type)


COMPONENT: Final = "spot-platform:index:"
"""The beginning of the type token of each component of this library. It does not depend on the project's name."""


def types_of(urn: str) -> list[str]:
    """Read the types in a URN.

    Args:
        urn: ``urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME``.

    Returns:
        The types of the resource's parents, outermost first, and its own.
    """
    parts = urn.split("::")
    return parts[2].split("$") if len(parts) > 2 else []  # noqa: PLR2004 - the third part


DEFAULT_PROVIDER: Final = "default"
"""The beginning of a default provider's name. The version of the plugin follows it."""


def is_default_provider(urn: str) -> bool:
    """Check whether a resource is a default provider, which the engine makes by itself.

    The check is the engine's own: Pulumi's ``sdk/go/common/providers/reference.go``.

    Args:
        urn: The URN of any resource.
    """
    is_provider = any(token.startswith("pulumi:providers:") for token in types_of(urn)[-1:])
    return is_provider and urn.rsplit("::", maxsplit=1)[-1].startswith(DEFAULT_PROVIDER)


@dataclass(frozen=True)
class ResourceView:
    """One resource that the stack is about to have.

    Attributes:
        type: The normalised type token.
        urn: Its URN.
        inputs: Plain data with ``UNKNOWN`` for what is not known (``policy.engine.decoding``). Keys are in the engine's
            camelCase.
        ignore_changes: The properties whose changes the engine ignores.
        depends_on: The URNs that each property depends on; empty for a rule on a single resource.
        secrets: The paths of the inputs that the program declared secret.
        provider: The provider resource that makes it; None where it is not known (recordings of unit tests).
        parent: The URN of its parent; empty where it is not known (a call about one resource, stored state).
    """

    type: str
    urn: str
    inputs: Mapping[str, object]
    ignore_changes: tuple[str, ...] = ()
    depends_on: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    secrets: frozenset[str] = frozenset()
    provider: "ResourceView | None" = None
    parent: str = ""

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.urn.split("::")[-1]

    @property
    def whole(self) -> Value:
        """All inputs as one value."""
        return Value(self.type, self.urn, "", "", self.inputs, self.secrets)

    @property
    def is_default_provider(self) -> bool:
        """Whether the engine made this provider by itself, from the environment and the stack's ``aws:*`` keys."""
        return is_default_provider(self.urn)

    @property
    def component(self) -> str:
        """The token of the nearest component of this library that contains the resource; empty without one."""
        return next((token for token in reversed(types_of(self.urn)) if token.startswith(COMPONENT)), "")

    def at(self, dotted: str) -> Value:
        """Read a property.

        Args:
            dotted: Names joined by dots.

        Returns:
            The property's value, which states whether it is known, unknown or absent.
        """
        return self.whole.at(dotted)

    def flag(self, dotted: str) -> bool:
        """Read a boolean property; see ``Value.flag``."""
        return self.at(dotted).flag()

    def text(self, dotted: str) -> str | None:
        """Read a string property; see ``Value.text``."""
        return self.at(dotted).text()

    def number(self, dotted: str) -> float | None:
        """Read a number property; see ``Value.number``."""
        return self.at(dotted).number()
