"""Patches of moto's RDS. moto's objects are practically untyped, hence Any."""

import json
import secrets
import string
from collections.abc import Callable
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance, MasterUserSecret, RDSBackend
from moto.rds.responses import RDSResponse
from moto.secretsmanager.models import SecretsManagerBackend

from toolchain.emulator.patching import add, wrap

PASSWORD_LENGTH: Final = 32
"""Length of a password that the emulator generates. RDS accepts up to 128 characters for PostgreSQL."""
PASSWORD_CHARACTERS: Final = string.ascii_letters + string.digits + "!#$%&()*+,-.:;<=>?[]^_{|}~"
"""The characters that RDS allows in a master password: printable ASCII except ``/``, ``'``, ``"``, ``@`` and space."""


def make_master_passwords() -> None:
    """Secrets that RDS manages for master users.

    Reason: in moto all secrets have the same user and password, and after a rotation the new version has neither. The
    data path's real databases need them for logins. Not offered upstream: no internet here.
    """

    def generating(_generate: Callable[..., str]) -> Callable[..., str]:
        def generated(self: Any) -> str:
            return _credentials(self.resource.master_username)

        return generated

    def rotating(rotate: Callable[..., str]) -> Callable[..., str]:
        def rotated(self: Any, secret_id: str, *arguments: Any, **named: Any) -> str:
            username = _master_username(self.secrets[secret_id]) if secret_id in self.secrets else None
            result = rotate(self, secret_id, *arguments, **named)
            if username is not None and named.get("rotate_immediately", True):
                secret = self.secrets[secret_id]
                secret.secret_string = _credentials(username)
                secret.versions[secret.default_version_id]["secret_string"] = secret.secret_string
            return result

        return rotated

    wrap(MasterUserSecret, "_generate_secret_string", generating)
    wrap(SecretsManagerBackend, "rotate_secret", rotating)


def keep_replicas_apart() -> None:
    """Read replicas. Reason: in moto a replica is a copy of the primary, with its secret, its id and its zones.

    To delete the replica would delete the secret. AWS manages no master password for a replica (Amazon RDS User Guide,
    "Password management with Amazon RDS and AWS Secrets Manager", limitations), and makes it in one zone unless it is
    told (Amazon RDS API Reference, "CreateDBInstanceReadReplica", MultiAZ). Not offered upstream: no internet here.
    """

    def creating(create: Callable[..., Any]) -> Callable[..., Any]:
        def created(self: Any, asked: dict[str, Any]) -> Any:
            replica = create(self, asked)
            replica.__dict__.pop("master_user_secret", None)
            replica.manage_master_user_password = False
            replica.dbi_resource_id = _resource_id()
            replica.multi_az = bool(asked.get("multi_az"))
            return replica

        return created

    wrap(RDSBackend, "create_db_instance_read_replica", creating)


def give_each_database_a_resource_id() -> None:
    """DbiResourceId. Reason: in moto all databases have the same one.

    The provider reads a database by this id, so with a replica it finds two databases. Not offered upstream: no
    internet here.
    """

    def initialising(initialise: Callable[..., None]) -> Callable[..., None]:
        def initialised(self: Any, *arguments: Any, **named: Any) -> None:
            initialise(self, *arguments, **named)
            self.dbi_resource_id = _resource_id()

        return initialised

    wrap(DBInstance, "__init__", initialising)


def tell_whose_parameters_are() -> None:
    """RDS DescribeDBParameters and ResetDBParameterGroup. Reason: moto returns no source of a parameter.

    The provider reads only parameters whose source is ``user``, so a refresh would lose all of them. And moto cannot
    reset a parameter. Not offered upstream: no internet here.
    """

    def describing(describe: Callable[..., Any]) -> Callable[..., Any]:
        def described(self: Any) -> Any:
            result = describe(self)
            wanted = self.params.get("Source")
            found = [{**parameter, "Source": "user"} for parameter in result.result["Parameters"]]
            result.result["Parameters"] = found if wanted in {None, "user"} else []
            return result

        return described

    def reset(self: Any) -> ActionResult:
        name = self.params["DBParameterGroupName"]
        group = self.backend.describe_db_parameter_groups({"db_parameter_group_name": name})[0]
        given = [parameter.original_dict()["ParameterName"] for parameter in self.params.get("Parameters", [])]
        for parameter in given or list(group.parameters):
            group.parameters.pop(parameter, None)
        return ActionResult({"DBParameterGroupName": name})

    wrap(RDSResponse, "describe_db_parameters", describing)
    add(RDSResponse, "reset_db_parameter_group", reset)


def change_sources_of_event_subscriptions() -> None:
    """AddSourceIdentifierToSubscription and RemoveSourceIdentifierFromSubscription. Reason: moto has neither.

    The provider sends them when a replica comes or goes. Not offered upstream: no internet here.
    """

    def added(self: Any) -> ActionResult:
        subscription = _subscription(self)
        subscription.source_ids = [*subscription.source_ids, self.params["SourceIdentifier"]]
        return ActionResult({"EventSubscription": subscription})

    def removed(self: Any) -> ActionResult:
        subscription = _subscription(self)
        subscription.source_ids = [name for name in subscription.source_ids if name != self.params["SourceIdentifier"]]
        return ActionResult({"EventSubscription": subscription})

    add(RDSResponse, "add_source_identifier_to_subscription", added)
    add(RDSResponse, "remove_source_identifier_from_subscription", removed)


def keep_changed_subnet_groups() -> None:
    """ModifyDBSubnetGroup. Reason: moto does not store the changed group. Not offered upstream: no internet here."""

    def modifying(modify: Callable[..., Any]) -> Callable[..., Any]:
        def modified(self: Any, subnet_name: str, *arguments: Any, **named: Any) -> Any:
            group = modify(self, subnet_name, *arguments, **named)
            self.subnet_groups[subnet_name] = group
            return group

        return modified

    wrap(RDSBackend, "modify_db_subnet_group", modifying)


def _subscription(request: Any) -> Any:
    return request.backend.describe_event_subscriptions(request.params["SubscriptionName"])[0]


def _resource_id() -> str:
    return "db-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(26))


def _credentials(username: str) -> str:
    password = "".join(secrets.choice(PASSWORD_CHARACTERS) for _ in range(PASSWORD_LENGTH))
    return json.dumps({"username": username, "password": password})


def _master_username(secret: Any) -> str | None:
    """Return the user name in a secret that RDS manages; None for any other secret."""
    if getattr(secret, "owning_service", None) != "rds":
        return None
    current = secret.versions[secret.default_version_id]
    return json.loads(current["secret_string"])["username"]
