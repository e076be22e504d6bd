"""``python -m configuration``: writes docs/configuration.md and the schema in Pulumi.yaml."""

from pathlib import Path

from configuration.reference import page, project_file

ROOT = Path(__file__).parent.parent


def main() -> None:
    """Write both files."""
    project = ROOT / "Pulumi.yaml"
    project.write_text(project_file(project.read_text(encoding="utf-8")), encoding="utf-8")
    (ROOT / "docs" / "configuration.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
