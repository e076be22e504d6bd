"""What only a look at files or at AWS shows to be wrong with a setting."""

import pulumi


def refusal(key: str, text: str) -> pulumi.RunError:
    """Make the error about a setting: the engine shows it in one line, without a traceback.

    Args:
        key: Of the stack file, such as ``vpc.zones``.
        text: What is wrong with it.
    """
    return pulumi.RunError(f"{pulumi.get_project()}:{key}: {text}")
