"""The maximum number of connections to a PostgreSQL instance on Amazon RDS."""

from collections.abc import Mapping

INSTANCE_MEMORY_GIB: Mapping[str, Mapping[str, int]] = {
    "t": {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32},
    "m": {"large": 8, "xlarge": 16, "2xlarge": 32, "4xlarge": 64, "8xlarge": 128, "12xlarge": 192, "16xlarge": 256},
    "r": {"large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256, "12xlarge": 384, "16xlarge": 512},
}
"""GiB of memory by family and size: Amazon RDS User Guide, "Hardware specifications for DB instance classes"."""

CONNECTIONS_PER_GIB = 80
MAXIMUM_CONNECTIONS = 5000
"""RDS allows LEAST(DBInstanceClassMemory / 9531392, 5000) by default, which is 112 for each whole GiB (Amazon RDS User
Guide, "Quotas and constraints for Amazon RDS"). DBInstanceClassMemory is the memory of the class minus the memory that
the operating system and RDS itself use ("Specifying DB parameters"); AWS does not document how much they use. With 80
for each GiB, the limit stays below the default as long as they use at most 28 %."""


def instance_memory_gib(instance_class: str) -> int | None:
    """Return the memory of a database instance class, GiB; None for a class that is not in the table.

    Args:
        instance_class: ``db.t4g.small``.
    """
    _, _, family_and_size = instance_class.partition(".")
    family, _, size = family_and_size.partition(".")
    return INSTANCE_MEMORY_GIB.get(family[:1], {}).get(size)


def max_connections(instance_class: str) -> int | None:
    """Return the value of ``max_connections``, which the alarm uses too; None for an unknown class (RDS's default).

    Args:
        instance_class: ``db.t4g.small``.
    """
    memory_gib = instance_memory_gib(instance_class)
    return None if memory_gib is None else min(memory_gib * CONNECTIONS_PER_GIB, MAXIMUM_CONNECTIONS)
