import pytest
import yaml

from toolchain.configuration.stack_files import SECRET_PLACEHOLDER, write_copy
from toolchain.errors import ToolchainError
from toolchain.project import Project

STACK_FILE = """\
secretsprovider: awskms://alias/key?region=us-east-1
encryptedkey: AQECAHg=
config:
  shop:aws:
    region: us-east-1
  shop:token:
    secure: v1:abc
  shop:service:
    environment: {LEVEL: info}
    keys:
      - secure: v1:def
"""


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    (root / "Pulumi.yaml").write_text(
        "name: shop\nruntime: {name: python, options: {virtualenv: .venv}}\nbackend: {url: 'file://./x'}\n"
    )
    (root / "Pulumi.prod.yaml").write_text(STACK_FILE)
    return Project(root)


@pytest.fixture
def directory(tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    return folder


def read(path):
    return yaml.safe_load(path.read_text())


def test_the_copy_needs_no_key_and_no_backend_of_the_stack(project, directory):
    write_copy(project, "prod", directory, endpoint_url=None)
    copy = read(directory / "Pulumi.prod.yaml")
    assert copy == {
        "config": {
            "shop:aws": {"region": "us-east-1"},
            "shop:token": SECRET_PLACEHOLDER,
            "shop:service": {"environment": {"LEVEL": "info"}, "keys": [SECRET_PLACEHOLDER]},
        }
    }
    assert read(directory / "Pulumi.yaml") == {"name": "shop", "runtime": "python"}


def test_the_stack_file_is_left_untouched(project, directory):
    write_copy(project, "prod", directory, endpoint_url="http://127.0.0.1:1")
    assert (project.root / "Pulumi.prod.yaml").read_text() == STACK_FILE


def test_the_emulator_becomes_the_endpoint(project, directory):
    write_copy(project, "prod", directory, endpoint_url="http://127.0.0.1:1")
    assert read(directory / "Pulumi.prod.yaml")["config"]["shop:aws"] == {
        "region": "us-east-1",
        "endpoint_url": "http://127.0.0.1:1",
    }


def test_the_emulator_becomes_the_endpoint_in_the_users_own_spelling_of_the_key(project, directory):
    (project.root / "Pulumi.prod.yaml").write_text("config: {aws: {region: eu-west-1}}\n")
    write_copy(project, "prod", directory, endpoint_url="http://127.0.0.1:1")
    assert read(directory / "Pulumi.prod.yaml")["config"] == {
        "shop:aws": {"region": "eu-west-1", "endpoint_url": "http://127.0.0.1:1"}
    }


def test_what_is_no_mapping_is_left_for_the_engine_to_refuse(project, directory):
    (project.root / "Pulumi.prod.yaml").write_text("config: {'shop:aws': hello}\n")
    write_copy(project, "prod", directory, endpoint_url="http://127.0.0.1:1")
    assert read(directory / "Pulumi.prod.yaml")["config"] == {"shop:aws": "hello"}


def test_the_salt_of_an_earlier_run_is_kept(project, directory):
    (directory / "Pulumi.prod.yaml").write_text("encryptionsalt: v1:salt\nconfig: {shop:gone: 1}\n")
    write_copy(project, "prod", directory, endpoint_url=None)
    copy = read(directory / "Pulumi.prod.yaml")
    assert copy["encryptionsalt"] == "v1:salt"
    assert "shop:gone" not in copy["config"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a\n", "Pulumi.prod.yaml must hold a mapping, not list"),
        ("a: [", "Pulumi.prod.yaml cannot be read: "),
        ("config: hello\n", "Pulumi.prod.yaml: config must be a mapping, not str"),
        ("config: [a]\n", "Pulumi.prod.yaml: config must be a mapping, not list"),
    ],
)
def test_a_broken_stack_file_is_one_line(project, directory, text, message):
    (project.root / "Pulumi.prod.yaml").write_text(text)
    with pytest.raises(ToolchainError) as error:
        write_copy(project, "prod", directory, endpoint_url=None)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_key_with_and_without_the_namespace_is_refused_with_both_lines(project, directory):
    (project.root / "Pulumi.prod.yaml").write_text("config:\n  database: {}\n  shop:api: {}\n  shop:database: {}\n")
    line = (
        r"^Pulumi\.prod\.yaml cannot be read: config\.shop:database is there twice, in lines 2 and 4: keep one of them$"
    )
    with pytest.raises(ToolchainError, match=line):
        write_copy(project, "prod", directory, endpoint_url=None)


def test_a_key_of_another_namespace_is_another_key(project, directory):
    (project.root / "Pulumi.prod.yaml").write_text("config: {'aws:region': a, 'shop:region': b}\n")
    write_copy(project, "prod", directory, endpoint_url=None)
    assert read(directory / "Pulumi.prod.yaml")["config"] == {"aws:region": "a", "shop:region": "b"}


def test_a_project_without_a_name_is_one_line(project):
    (project.root / "Pulumi.yaml").write_text("runtime: python\n")
    with pytest.raises(ToolchainError, match=r"^Pulumi\.yaml has no name$"):
        _ = project.name


def test_an_unknown_stack_names_those_there_are(project):
    with pytest.raises(ToolchainError, match=r"stack 'prud' has no Pulumi\.prud\.yaml; stacks: prod"):
        project.stack_file("prud")


def test_outside_a_project(tmp_path):
    with pytest.raises(ToolchainError, match=r"no Pulumi\.yaml in"):
        Project.find(tmp_path)


def test_a_stack_files_name_is_shown_and_not_obeyed(project):
    (project.root / "Pulumi.a\x1b]0;owned\x07.yaml").write_text("config: {}\n")
    with pytest.raises(ToolchainError) as error:
        project.stack_file("pr\x1b[2Jud")
    assert str(error.value).isprintable()
    assert "a\\x1b]0;owned\\x07, prod" in str(error.value)


def test_a_checkout_whose_path_cannot_be_printed_is_refused_in_one_line(tmp_path):
    folder = tmp_path / "two\nlines"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: x\n")
    with pytest.raises(ToolchainError, match=r"two\\nlines holds characters .*: move the checkout") as error:
        Project.find(folder)
    assert "\n" not in str(error.value)
