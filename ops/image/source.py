"""Gets a release's image: finds it in the stack's repository, or builds it from a folder and pushes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ops.image import container_build, local_containers, local_images
from ops.image.container_build import Build
from ops.image.local_containers import EngineImage
from ops.release import image as release_image
from ops.release.image import ARCHITECTURES, Image
from ops.release.run import ReleaseRun
from ops.stack_outputs import ROOT


@dataclass(frozen=True)
class ImageSource:
    """The image or the folder that the user gave, with the build's options.

    Attributes:
        named: Tag, digest or whole name of an image; None to build `folder`.
        folder: Folder of the Dockerfile; None when an image is named.
        contexts: Further build contexts, name -> folder.
        arguments: Build arguments, name -> value.
        platform: Platform of the image, such as ``linux/arm64``; None for the task definition's.
        in_container: Whether to build with a container engine for the local stack too, so that its tasks run as
            containers.
    """

    named: str | None
    folder: Path | None
    contexts: Mapping[str, Path]
    arguments: Mapping[str, str]
    platform: str | None
    in_container: bool = False

    def find(self, run: ReleaseRun, *, dry_run: bool) -> Image | None:
        """Find the image, or build it.

        Args:
            run: The release.
            dry_run: Whether nothing may be pushed.

        Returns:
            The image; None in a dry run of a build.

        Raises:
            ValueError: The repository has no such image, or the folder cannot be built.
            OperationError: There is no container engine, or the build failed.
            ClientError: AWS refused.
        """
        repository = run.target.repository
        if self.folder is None:
            named = release_image.reference(str(self.named), run.target.repository_url)
            return release_image.find(run.ecr, repository, named)
        if dry_run:
            return None
        architecture = self._architecture(run)
        if run.session.is_local:
            named = self._built_here(run, architecture)
        else:
            tag = f"build-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
            image = f"{run.target.repository_url}:{tag}"
            build = Build(self.folder, f"linux/{architecture}", image, self.contexts, self.arguments)
            container_build.run(build, run.ecr, lambda line: run.reporter.say("build", line))
            named = {"imageTag": tag}
        return release_image.find(run.ecr, repository, named)

    def _architecture(self, run: ReleaseRun) -> str:
        if self.platform is not None:
            system, _, architecture = self.platform.partition("/")
            if system != "linux" or architecture not in ARCHITECTURES.values():
                allowed = ", ".join(f"linux/{each}" for each in ARCHITECTURES.values())
                raise ValueError(f"--platform={self.platform} is not allowed; allowed: {allowed}")
            return architecture
        definition = run.reader.definition(run.target.task_definition_arn)
        return ARCHITECTURES[definition.get("runtimePlatform", {}).get("cpuArchitecture", "X86_64")]

    def _built_here(self, run: ReleaseRun, architecture: str) -> dict[str, str]:
        folder = self.folder or Path()
        if self.in_container:
            image, about = self._container(run, folder, architecture)
        else:
            image = local_images.make(
                folder,
                ROOT / ".platform" / run.target.stack / "images",
                architecture=architecture,
                contexts=self.contexts,
                arguments=self.arguments,
            )
            about = f"; this machine's own: {', '.join(image.left_out)}" if image.left_out else ""
        digest, is_new = local_images.ensure_pushed(run.ecr, run.target.repository, image)
        what = "is new in" if is_new else "is in"
        run.reporter.say("build", f"image {image.tag} {what} the emulator's registry{about}", digest=digest)
        return {"imageDigest": digest}

    def _container(self, run: ReleaseRun, folder: Path, architecture: str) -> tuple[EngineImage, str]:
        image = local_containers.make(
            folder,
            architecture=architecture,
            contexts=self.contexts,
            arguments=self.arguments,
            say=lambda line: run.reporter.say("build", line),
        )
        return image, f"; its tasks are containers of {image.engine}"


def given_pairs(option: str, given: Sequence[str] | None) -> list[tuple[str, str]]:
    """Parse the values of an option, which have the form NAME=VALUE.

    Args:
        option: Name of the option, for the error message.
        given: The option's values; None without the option.

    Raises:
        ValueError: A value has no name or no ``=``.
    """
    pairs = [(name, value) for name, _, value in (each.partition("=") for each in given or ())]
    wrong = next((each for each in given or () if "=" not in each or each.startswith("=")), None)
    if wrong is not None:
        raise ValueError(f"{option}={wrong} must be NAME=VALUE")
    return pairs
