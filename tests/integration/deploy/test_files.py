"""What hadolint says of the Dockerfile, and the compose specification of compose.yaml."""

from pathlib import Path

from deploy.check.compose import COMPOSE, invalid
from deploy.check.dockerfile import DOCKERFILE, linted

TEXT = COMPOSE.read_text("utf-8")


def test_the_compose_file_is_valid() -> None:
    assert list(invalid(TEXT)) == []


def test_what_compose_does_not_take_is_said() -> None:
    wrong = TEXT.replace("    healthcheck: *ready", "    healthcheks: *ready", 1)
    assert wrong != TEXT
    assert any("healthcheks" in line for line in invalid(wrong))


def test_hadolint_finds_nothing() -> None:
    assert list(linted(DOCKERFILE)) == []


def test_what_hadolint_finds_is_said(tmp_path: Path) -> None:
    wrong = tmp_path / "Dockerfile"
    text = DOCKERFILE.read_text("utf-8")
    wrong.write_text(text.replace(" --no-install-recommends", "").replace("COPY pyp", "ADD pyp"))
    found = "\n".join(linted(wrong))
    assert "DL3015" in found
    assert "DL3020" in found
