"""Removes secrets from the environment variables of an offline run.

The program runs in this process, and its plugins are child processes. They could read all variables of the shell: AWS
credentials, tokens of a CI system, passwords. So only the variables listed here remain. Another process of the same
user can still read the shell's own environment and the files in the home folder. Therefore a job that previews an
untrusted program must have no secrets at all (docs/offline-provider.md).
"""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager

KEPT = frozenset(
    {
        # where programs, the home folder and temporary files are
        "PATH", "HOME", "TMPDIR", "TMP", "TEMP", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
        "XDG_RUNTIME_DIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "NIX_LD", "NIX_LD_LIBRARY_PATH",
        # who runs it, and how it speaks
        "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "COLORTERM", "NO_COLOR", "COLUMNS", "LINES",
        "CI",
        # Python's own
        "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED",
        "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONWARNINGS", "COVERAGE_PROCESS_START",
        # the Region for providers that name none
        "AWS_REGION", "AWS_DEFAULT_REGION",
        # which connections go through a proxy; the proxies themselves may carry a password
        "NO_PROXY", "no_proxy", "no_grpc_proxy",
        # where the engine keeps its plugins, and how it behaves
        "PULUMI_HOME", "PULUMI_SKIP_UPDATE_CHECK", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
        "PULUMI_IGNORE_AMBIENT_PLUGINS", "PULUMI_PARALLEL", "PULUMI_DEBUG_GRPC", "PULUMI_DEBUG_COMMANDS",
        "PULUMI_SKIP_CHECKPOINTS",
    }
)  # fmt: skip
"""Variables that hold no secret and that a run may need. A list of secrets to remove would never be complete."""

_KEPT_PREFIXES = ("LC_",)

STATE_PASSPHRASE = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")

NO_ACCOUNT = {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Variables that stop AWS's libraries from reading the credentials of the home folder and of the EC2 instance."""


def without_secrets(environment: Mapping[str, str], *, also: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the environment variables that an offline run may have.

    Args:
        environment: The environment variables of the shell.
        also: Names of further variables that the run needs.
    """
    kept = {
        name: value
        for name, value in environment.items()
        if name in KEPT or name in also or name.startswith(_KEPT_PREFIXES)
    }
    return {**kept, **NO_ACCOUNT}


@contextmanager
def secrets_removed(*, also: tuple[str, ...] = ()) -> Generator[None]:
    """Run the block, and every process that it starts, without the secrets of the shell's environment."""
    before = dict(os.environ)
    _replace(without_secrets(before, also=also))
    try:
        yield
    finally:
        _replace(before)


def _replace(environment: Mapping[str, str]) -> None:
    for name in set(os.environ) - set(environment):
        del os.environ[name]
    os.environ.update(environment)
