"""Finds the files of an image from a Dockerfile's COPY and ADD lines, without a container engine."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ops.image.config import DEFAULT_PATH, ImageConfig, absolute, configured
from ops.image.dockerfile import Dockerfile, DockerfileError, Instruction, Stage, argument_values
from ops.image.dockerignore import DockerIgnore, glob_expression

MAXIMUM_BYTES: Final = 500 * 1000 * 1000
"""Maximum size of a build context: a larger one probably contains files that are no part of a service."""
MAXIMUM_FILES: Final = 50_000
ON_THIS_MACHINE: Final = ("/venv", "/opt/venv", "/bin", "/sbin", "/lib", "/usr")
"""Folders in an image whose content this machine has too: Python's packages, and programs such as tini."""
_ARCHIVE: Final = re.compile(r".*\.(tar|tar\.(gz|bz2|xz|zst)|tgz|tbz2|txz)$")


@dataclass(frozen=True)
class SourceFile:
    """A file that goes into an image.

    Attributes:
        path: Path of the file on this machine.
        is_executable: Whether the file is executable.
        size_bytes: Size of the file.
    """

    path: Path
    is_executable: bool
    size_bytes: int


@dataclass
class BuiltStage:
    """The content and the configuration of a build stage.

    Attributes:
        config: The configuration of the stage's container.
        files: Absolute path in the image -> file.
        folders: Absolute paths of the folders in the image.
        made_elsewhere: Whether the stage also contains files that are not in ``files``: from its base image, or made by
            RUN.
        left_out: Destinations of COPY lines that are left out, because this machine has their content.
    """

    config: ImageConfig = field(default_factory=ImageConfig)
    files: dict[str, SourceFile] = field(default_factory=dict[str, SourceFile])
    folders: set[str] = field(default_factory=lambda: {"/"})
    made_elsewhere: bool = False
    left_out: list[str] = field(default_factory=list[str])


class Context:
    """A build context: a folder from which COPY takes files.

    Args:
        folder: The folder.
        ignore: The patterns of the files to leave out.
    """

    def __init__(self, folder: Path, ignore: DockerIgnore) -> None:
        self._folder = folder
        self._ignore = ignore
        self._files: dict[str, SourceFile] | None = None

    @classmethod
    def of(cls, folder: Path) -> "Context":
        """Make the context of a folder, with the patterns of its ``.dockerignore`` if it has one.

        Raises:
            ValueError: There is no such folder.
        """
        if not folder.is_dir():
            raise ValueError(f"{folder} is no folder")
        file = folder / ".dockerignore"
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        return cls(folder, DockerIgnore(lines))

    def files(self) -> Mapping[str, SourceFile]:
        """Return the files by their path in the context, with a leading ``/``.

        Raises:
            ValueError: A link leads out of the folder, an entry is neither a file nor a folder, or the folder is too
                large.
        """
        if self._files is None:
            self._files = dict(self._walked())
        return self._files

    def _walked(self) -> Iterator[tuple[str, SourceFile]]:
        total = count = 0
        root = self._folder.resolve()
        for name, entry in self._entries(""):
            path = Path(entry.path)
            if entry.is_symlink() and not path.resolve().is_relative_to(root):
                raise ValueError(f"{path} is a link that leads out of {self._folder}: copy the file in its place")
            about = path.stat() if path.exists() else None
            if about is None or not stat.S_ISREG(about.st_mode):
                raise ValueError(f"{path} is no file: only files, folders and links to files can go into an image")
            total, count = total + about.st_size, count + 1
            if total > MAXIMUM_BYTES or count > MAXIMUM_FILES:
                raise ValueError(
                    f"{self._folder} holds more than {MAXIMUM_BYTES // 10**6} MB or {MAXIMUM_FILES} files: "
                    "leave out in .dockerignore what the image does not need"
                )
            yield f"/{name}", SourceFile(path, bool(about.st_mode & stat.S_IXUSR), about.st_size)

    def _entries(self, below: str) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
        with os.scandir(self._folder / below) as entries:
            for entry in sorted(entries, key=lambda each: each.name):
                name = f"{below}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if not self._ignore.leaves_out_all_of(name):
                        yield from self._entries(f"{name}/")
                elif not self._ignore.leaves_out(name):
                    yield name, entry


def build(dockerfile: Dockerfile, contexts: Mapping[str, Context], arguments: Mapping[str, str]) -> BuiltStage:
    """Find the content and the configuration of a Dockerfile's last stage.

    Args:
        dockerfile: The Dockerfile.
        contexts: Build contexts by name; the main one has the name ``""``.
        arguments: Build arguments of ``--build-arg``, name -> value.

    Raises:
        DockerfileError: The Dockerfile needs a container engine, or a source of COPY does not exist.
        ValueError: A context has an entry that cannot be copied.
    """
    return _Build(dockerfile, contexts, arguments).stage(len(dockerfile.stages) - 1)


class _Build:
    def __init__(self, dockerfile: Dockerfile, contexts: Mapping[str, Context], arguments: Mapping[str, str]) -> None:
        self._dockerfile = dockerfile
        self._contexts = {name.lower(): context for name, context in contexts.items()}
        self._arguments = arguments
        self._built: dict[int, BuiltStage] = {}

    def stage(self, number: int) -> BuiltStage:
        if number not in self._built:
            self._built[number] = self._made(self._dockerfile.stages[number], number)
        return self._built[number]

    def _made(self, stage: Stage, number: int) -> BuiltStage:
        built = self._based(stage, number)
        variables: dict[str, str] = {}
        command_of_base, sets_command = built.config.command, False
        for instruction in stage.instructions:
            known = {"PATH": DEFAULT_PATH, **variables, **built.config.environment}
            match instruction.keyword:
                case "ARG":
                    outer = {name: self._dockerfile.arguments.get(name, "") for name in instruction.words({})}
                    variables |= {name: value for name, value in outer.items() if value}
                    variables.update(argument_values(instruction, known, self._arguments))
                case "COPY" | "ADD":
                    self._copy(built, instruction, known, number)
                case "RUN":
                    built.made_elsewhere = True
                case "ONBUILD":
                    raise DockerfileError(instruction.line, "ONBUILD is not supported")
                case _:
                    sets_command = sets_command or instruction.keyword == "CMD"
                    built.config = configured(built.config, instruction, known)
                    built.folders.add(built.config.working_directory)
                    if instruction.keyword == "ENTRYPOINT" and not sets_command and command_of_base:
                        # Docker drops the base's command when a stage sets an entrypoint.
                        built.config = replace(built.config, command=())
        return built

    def _based(self, stage: Stage, number: int) -> BuiltStage:
        earlier = self._earlier(stage.base, number)
        if earlier is None:
            return BuiltStage(made_elsewhere=stage.base != "scratch")
        base = self.stage(earlier)
        return BuiltStage(base.config, dict(base.files), set(base.folders), base.made_elsewhere, list(base.left_out))

    def _earlier(self, name: str, number: int) -> int | None:
        named = (at for at in range(number - 1, -1, -1) if self._dockerfile.stages[at].name == name.lower())
        found = next(named, None)
        return int(name) if found is None and name.isdecimal() and int(name) < number else found

    def _copy(self, built: BuiltStage, instruction: Instruction, variables: Mapping[str, str], number: int) -> None:
        odd = set(instruction.flags) - {"from", "chown", "chmod", "link"}
        if odd:
            raise DockerfileError(instruction.line, f"{instruction.keyword} --{min(odd)} is not supported")
        words = instruction.words(variables)
        if len(words) < 2:  # noqa: PLR2004 (a source and a destination)
            raise DockerfileError(instruction.line, f"{instruction.keyword} needs a source and a destination")
        *sources, destination = words
        if instruction.keyword == "ADD" and any("://" in each or _ARCHIVE.match(each) for each in sources):
            raise DockerfileError(instruction.line, "ADD of an address or an archive needs a container engine")
        files, made_elsewhere = self._source(instruction, number)
        target = absolute(built.config.working_directory, destination)
        found = [(source, matching(files, source)) for source in sources]
        missing = [source for source, matches in found if not matches]
        if missing and made_elsewhere:
            self._leave_out(built, instruction, missing, target)
        elif missing:
            raise DockerfileError(
                instruction.line, f"{missing[0]} is not there, or .dockerignore leaves it out; nothing is copied"
            )
        many = sum(len(matches) for _, matches in found) > 1 and not any(each.is_folder for _, m in found for each in m)
        into = destination.endswith(("/", "/.")) or destination in {".", ".."} or target in built.folders
        if many and not into:
            raise DockerfileError(
                instruction.line, f"{len(sources)} sources or more go into {destination}: end it with /"
            )
        for match in (each for _, matches in found for each in matches):
            _place(built, match, target, into=into, mode=instruction.flags.get("chmod"))

    def _source(self, instruction: Instruction, number: int) -> tuple[Mapping[str, SourceFile], bool]:
        name = instruction.flags.get("from", "")
        if name.lower() in self._contexts:
            return self._contexts[name.lower()].files(), False
        earlier = self._earlier(name, number)
        if earlier is None:
            return {}, True
        stage = self.stage(earlier)
        return stage.files, stage.made_elsewhere

    @staticmethod
    def _leave_out(built: BuiltStage, instruction: Instruction, missing: list[str], target: str) -> None:
        if not any(target == place or target.startswith(f"{place}/") for place in ON_THIS_MACHINE):
            raise DockerfileError(
                instruction.line,
                f"{missing[0]} is made by RUN or by another image, which needs a container engine; "
                f"only what goes to {', '.join(ON_THIS_MACHINE)} is taken from this machine",
            )
        built.left_out.append(target)


@dataclass(frozen=True)
class Match:
    """A file or folder that matches a source of COPY.

    Attributes:
        path: Path of the file or folder, with a leading ``/``.
        files: For a folder, path in it -> file; for a file, ``""`` -> the file.
    """

    path: str
    files: Mapping[str, SourceFile]

    @property
    def is_folder(self) -> bool:
        """Whether the match is a folder: COPY then copies its content."""
        return "" not in self.files


def matching(files: Mapping[str, SourceFile], source: str) -> list[Match]:
    """Return the files and folders that match a source of COPY.

    Args:
        files: All files, by path with a leading ``/``.
        source: A path or a pattern; ``..`` cannot leave the context.
    """
    pattern = absolute("/", source)
    if pattern == "/":
        return [Match("/", {path[1:]: file for path, file in files.items()})] if files else []
    expression = re.compile(f"({glob_expression(pattern)})(?:/(.*))?", re.DOTALL)
    matches: dict[str, dict[str, SourceFile]] = {}
    for path, file in files.items():
        if (found := expression.fullmatch(path)) is not None:
            matches.setdefault(found[1], {})[found[2] or ""] = file
    return [Match(path, below) for path, below in sorted(matches.items())]


def _place(built: BuiltStage, match: Match, target: str, *, into: bool, mode: str | None) -> None:
    for below, file in match.files.items():
        path = absolute(target, below or match.path.rpartition("/")[2]) if match.is_folder or into else target
        given = file if mode is None else SourceFile(file.path, _executable(mode, file), file.size_bytes)
        built.files[path] = given
        parent = path.rpartition("/")[0]
        while parent and parent not in built.folders:
            built.folders.add(parent)
            parent = parent.rpartition("/")[0]


def _executable(mode: str, file: SourceFile) -> bool:
    return bool(int(mode, 8) & stat.S_IXUSR) if re.fullmatch(r"[0-7]{3,4}", mode) else "x" in mode or file.is_executable
