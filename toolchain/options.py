"""Options that several commands of `python -m toolchain` have."""

from pathlib import Path
from typing import Annotated

import typer

StackName = Annotated[str, typer.Argument(help="The stack: the middle of a Pulumi.<stack>.yaml.")]
Offline = Annotated[
    bool | None,
    typer.Option(
        "--offline/--no-offline",
        help="Preview on a throwaway state without AWS, or refuse to fall back to that. "
        "By default a preview without AWS credentials is offline.",
    ),
]
UseEmulator = Annotated[
    bool | None,
    typer.Option(
        "--emulator/--no-emulator",
        help="Run the local stack against the emulator, or on the offline provider, which takes seconds. "
        "By default the emulator, if the AWS provider plugin can be had.",
    ),
]
UseTls = Annotated[
    bool | None,
    typer.Option(
        "--tls/--no-tls",
        help="Let the local stack answer by HTTPS, too, with certificates of a throw-away authority, or end that. "
        "By default as it was, and at first without.",
    ),
]
Diff = Annotated[bool, typer.Option("--diff", help="Show each change in full.")]
ExpectNoChanges = Annotated[bool, typer.Option("--expect-no-changes", help="Fail when there is anything to change.")]
Plain = Annotated[bool, typer.Option("--plain", help="Print lines on a terminal too, instead of the live view.")]
Details = Annotated[bool, typer.Option("--details", help="Print everything that the engine prints.")]
PolicyPackConfig = Annotated[
    Path | None,
    typer.Option(
        "--policy-pack-config",
        metavar="FILE",
        help="JSON with levels and settings of policies, which go before those of the stack's profile; what "
        "policy/pins.yaml pins stays.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before AWS is changed.")]
SkipPreview = Annotated[
    bool, typer.Option("--skip-preview", help="Local stack: make the changes without the preview before them.")
]
