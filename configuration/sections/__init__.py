"""The sections of the configuration, in the order of the reference."""

from configuration.sections.data import Backups, Cache, Database, Storage
from configuration.sections.network import Aws, Dns, Vpc, Waf
from configuration.sections.operations import Budget, Observability, Registry
from configuration.sections.policy import Policy
from configuration.sections.service import ScheduledScaling, Service
from configuration.sections.web import Api, Frontend

__all__ = [
    "Api",
    "Aws",
    "Backups",
    "Budget",
    "Cache",
    "Database",
    "Dns",
    "Frontend",
    "Observability",
    "Policy",
    "Registry",
    "ScheduledScaling",
    "Service",
    "Storage",
    "Vpc",
    "Waf",
]
