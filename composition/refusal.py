"""Makes the error about a setting that only files or AWS show to be wrong."""

import pulumi


def refusal(key: str, text: str) -> pulumi.RunError:
    """Make the error about a setting: the engine shows it in one line, without a traceback.

    Args:
        key: Key of the stack file, such as ``vpc.zones``.
        text: The problem with its value.
    """
    return pulumi.RunError(f"{pulumi.get_project()}:{key}: {text}")
