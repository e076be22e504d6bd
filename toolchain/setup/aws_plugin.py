"""Finds the real AWS provider plugin where the engine keeps its plugins, or installs it."""

from pathlib import Path

from pulumi.automation import PulumiCommand
from pulumi.automation.errors import CommandError

from toolchain.errors import ToolchainError
from toolchain.modes import PLUGIN_VERSION
from toolchain.offline.real_plugin import installed_plugin
from toolchain.setup import downloads
from toolchain.setup.downloads import Archive
from toolchain.system.printing import Say


def is_installed() -> bool:
    """Check whether the pinned version of the plugin is installed."""
    return installed_plugin().is_file()


def find_or_install(command: PulumiCommand, directory: Path, say: Say, pinned: Archive | None = None) -> bool:
    """Install the plugin if it is missing, and return whether it is installed now.

    It is downloaded only if `downloads.toml` has its checksum for this platform.

    Args:
        command: The Pulumi command line.
        directory: A folder to run it in.
        say: Called with each line of progress.
        pinned: The archive; by default the one in ``downloads.toml``.
    """
    if is_installed():
        return True
    try:
        checksum = (pinned or downloads.archive("aws-plugin")).checksum()
    except ToolchainError as error:
        by_hand = f"pulumi plugin install resource aws {PLUGIN_VERSION}"
        say(f"The AWS provider plugin is not downloaded: {error}; install it by hand: {by_hand}")
        return False
    say(f"Downloading the AWS provider plugin {PLUGIN_VERSION}")
    arguments = ["plugin", "install", "resource", "aws", PLUGIN_VERSION, "--checksum", checksum]
    try:
        command.run(arguments, str(directory), {"PULUMI_SKIP_UPDATE_CHECK": "true"}, say)
    except CommandError:
        return False
    return True
