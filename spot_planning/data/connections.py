"""How many connections a PostgreSQL instance on Amazon RDS takes."""

from collections.abc import Mapping

INSTANCE_MEMORY_GIB: Mapping[str, Mapping[str, int]] = {
    "t": {"micro": 1, "small": 2, "medium": 4, "large": 8, "xlarge": 16, "2xlarge": 32},
    "m": {"large": 8, "xlarge": 16, "2xlarge": 32, "4xlarge": 64, "8xlarge": 128, "12xlarge": 192, "16xlarge": 256},
    "r": {"large": 16, "xlarge": 32, "2xlarge": 64, "4xlarge": 128, "8xlarge": 256, "12xlarge": 384, "16xlarge": 512},
}
"""GiB of memory by family and size: Amazon RDS User Guide, "Hardware specifications for DB instance classes"."""

CONNECTIONS_PER_GIB = 80
MAXIMUM_CONNECTIONS = 5000
"""What RDS allows by default: LEAST(DBInstanceClassMemory / 9531392, 5000), 112 for each whole GiB (Amazon RDS User
Guide, "Quotas and constraints for Amazon RDS"). DBInstanceClassMemory is less than the memory of the class by what the
operating system and RDS itself take ("Specifying DB parameters"), by how much is not documented. 80 for each GiB stay
below it where they take up to 28 %."""


def instance_memory_gib(instance_class: str) -> int | None:
    """GiB of memory of a database instance class, None for one this table does not know.

    Args:
        instance_class: ``db.t4g.small``.
    """
    _, _, family_and_size = instance_class.partition(".")
    family, _, size = family_and_size.partition(".")
    return INSTANCE_MEMORY_GIB.get(family[:1], {}).get(size)


def max_connections(instance_class: str) -> int | None:
    """What ``max_connections`` is set to, so that the alarm knows the limit; None: RDS's own, for an unknown class.

    Args:
        instance_class: ``db.t4g.small``.
    """
    memory_gib = instance_memory_gib(instance_class)
    return None if memory_gib is None else min(memory_gib * CONNECTIONS_PER_GIB, MAXIMUM_CONNECTIONS)
