"""Rules about the service and its containers."""

from collections.abc import Iterator

from configuration.rules.context import Context, Rule, as_far_as_known, of_component, refuse, say
from configuration.sections import permission_statements
from spot_planning.documents import canonical_json
from spot_planning.problems import Problem, show
from spot_planning.service import rules
from spot_planning.service.fargate_spot_service import owned_environment
from spot_planning.service.image import is_repository_of_stack, repository_of_image
from spot_planning.service.roles import MAXIMUM_GIVEN_CHARACTERS, MAXIMUM_ROLE_POLICY_CHARACTERS

DATA_VARIABLES = frozenset({"CORS_ALLOWED_ORIGINS", "PATH_PREFIX", "REDIS_URL"})
DATA_PREFIXES = ("AWS_", "DATABASE_", "ECS_", "S3_")
"""Names, and prefixes of names, of environment variables that AWS sets, or that the container contract uses for the
data stores and the site."""

OWNED_VARIABLES = DATA_VARIABLES.union(
    owned_environment(port=0, region="", node_env="", drain_seconds=0, describe_tasks=False)
)


def _drain(context: Context) -> Iterator[Problem]:
    longest = context.settings.api.integration_timeout_seconds
    for problem in rules.drain_fits(context.settings.service, longest):
        yield problem.below("service")


def _deregistration(context: Context) -> Iterator[Problem]:
    longest = context.settings.api.integration_timeout_seconds
    for problem in rules.deregistration_fits(context.settings.service, longest):
        yield problem.below("service")


def _requests_target(context: Context) -> Iterator[Problem]:
    settings = context.settings
    for problem in rules.requests_are_counted(settings.service, settings.api.load_balancer_kind):
        yield problem.below("service")


def _image_or_build(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    if service.image is not None and service.build is not None:
        yield refuse("service.build", f"is not allowed with service.image {show(service.image)}; set one of them")


def _image_registry(context: Context) -> Iterator[Problem]:
    settings = context.settings
    image, aws = settings.service.image, settings.aws
    wanted = None if image is None else repository_of_image(image)
    if wanted is None:
        return
    if (wanted.account_id, wanted.region) != (aws.account_id, aws.region):
        yield refuse(
            "service.image",
            f"is not allowed with aws.account_id {aws.account_id} and aws.region {aws.region}: tasks may pull private "
            "images from the stack's own repository only; push the image there, or use a public one",
        )
    # The emulator pulls no images, so no role can keep it from another repository.
    elif aws.endpoint_url is None and not is_repository_of_stack(wanted.name, settings.name):
        yield refuse(
            "service.image",
            f"is not allowed, because {wanted.name} is another repository than the stack's own; allowed: a public "
            f"image, or one of {settings.name}-<7 hexadecimal digits>, which the output repository_url names",
        )


def _environment(context: Context) -> Iterator[Problem]:
    environment = context.settings.service.environment
    for name in environment:
        if _is_reserved(name):
            yield _set_by_the_platform("environment", name)
    others = {name: value for name, value in environment.items() if not _is_reserved(name)}
    for problem in rules.plain_environment(others):
        yield problem.below("service")


def _environment_fits(context: Context) -> Iterator[Problem]:
    for problem in rules.environment_fits(context.settings.service.environment):
        yield problem.below("service")


def _permissions_fit(context: Context) -> Iterator[Problem]:
    permissions = context.settings.service.task_permissions
    size = len(canonical_json(permission_statements(permissions)))
    if size > MAXIMUM_GIVEN_CHARACTERS:
        text = (
            f"{size} characters of statements are not allowed; allowed: {MAXIMUM_GIVEN_CHARACTERS} (IAM takes "
            f"{MAXIMUM_ROLE_POLICY_CHARACTERS} for all inline policies of a role, with the platform's own)"
        )
        yield say("service.task_permissions", text)


def _secrets(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    for key, variables in (("secrets", service.secrets), ("generated_secrets", service.generated_secrets)):
        for name in variables:
            if _is_reserved(name):
                yield _set_by_the_platform(key, name)


def _generated_once(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    for name in service.generated_secrets:
        if name in service.secrets:
            path = ("service", "generated_secrets", name)
            yield Problem(path, "is also in service.secrets; keep one of them", shows_value=False)
    names = list(service.generated_secrets.values())
    for variable, name in service.generated_secrets.items():
        if names.count(name) > 1:
            path = ("service", "generated_secrets", variable)
            yield Problem(path, f"has the name {name}, which stands there twice", shows_value=False)


def _plain_or_secret(context: Context) -> Iterator[Problem]:
    service = context.settings.service
    plain = {name: value for name, value in service.environment.items() if not _is_reserved(name)}
    for problem in rules.set_once(plain, {**service.secrets, **service.generated_secrets}):
        yield problem.below("service")


def _schedules(context: Context) -> Iterator[Problem]:
    for position, entry in enumerate(context.settings.service.scheduled_scaling):
        for rule in rules.SCHEDULE_RULES:
            for problem in as_far_as_known(rule(entry)):
                yield problem.below("service", "scheduled_scaling", position)


def _set_by_the_platform(key: str, name: str) -> Problem:
    return Problem(("service", key, name), "is set by the platform; choose another name", shows_value=False)


def _is_reserved(name: str) -> bool:
    return name in OWNED_VARIABLES or name.startswith(DATA_PREFIXES)


RULES: tuple[Rule, ...] = (
    *(of_component("service", rule) for rule in rules.RULES),
    _drain,
    _deregistration,
    _requests_target,
    _image_or_build,
    _image_registry,
    _environment,
    _environment_fits,
    _permissions_fit,
    _secrets,
    _plain_or_secret,
    _generated_once,
    _schedules,
)
