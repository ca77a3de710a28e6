"""What is said when Apache Kafka cannot be had."""

import tempfile
from pathlib import Path

import pytest

from sandbox.parts.kafka_real import RealKafka, resolve_jars
from sandbox.parts.process import PartUnavailableError


def _program(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, clean_environment: pytest.MonkeyPatch) -> Path:
    """The only directory on the PATH, and empty."""
    folder = tmp_path / "bin"
    folder.mkdir()
    clean_environment.setenv("PATH", str(folder))
    return folder


def test_without_java_it_says_what_to_install(programs: Path, tmp_path: Path) -> None:
    assert programs.is_dir()
    with pytest.raises(PartUnavailableError, match=r"Java.*apt-get install default-jre-headless"):
        resolve_jars(tmp_path / "build")


@pytest.mark.parametrize("version", ["11.0.2", "1.8.0_392"])
def test_an_old_java_is_refused(programs: Path, tmp_path: Path, version: str) -> None:
    _program(programs, "java", f"""echo 'openjdk version "{version}"' >&2""")
    with pytest.raises(PartUnavailableError, match="needs Java 17"):
        resolve_jars(tmp_path / "build")


def test_without_maven_it_says_what_to_install(programs: Path, tmp_path: Path) -> None:
    _program(programs, "java", """echo 'openjdk version "17.0.15"' >&2""")
    with pytest.raises(PartUnavailableError, match=r"Maven.*apt-get install .*maven"):
        resolve_jars(tmp_path / "build")


def test_when_maven_fails_its_words_are_passed_on_and_nothing_half_done_stays(
    programs: Path, tmp_path: Path
) -> None:
    _program(programs, "java", """echo 'openjdk version "17.0.15"' >&2""")
    _program(programs, "mvn", "echo no route to the repository; exit 1")
    with pytest.raises(PartUnavailableError, match="no route to the repository"):
        resolve_jars(tmp_path / "build")
    assert list((tmp_path / "build").iterdir()) == []


@pytest.mark.usefixtures("programs")
def test_a_broker_that_cannot_start_leaves_no_directory(
    clean_environment: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory() as place:
        clean_environment.setattr(tempfile, "tempdir", place)
        with pytest.raises(PartUnavailableError, match="Java"):
            RealKafka().start()
        assert list(Path(place).iterdir()) == []
