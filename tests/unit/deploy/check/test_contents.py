"""What does not belong into an image is found, and what is missing."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.check.contents import USER, wrong_in_config, wrong_in_files
from tests.support.each import each

PACKAGES = "opt/headsup/lib/python3.11/site-packages"
SBOM = "opt/headsup/sbom.cdx.json"
VERSION = {"org.opencontainers.image.version": "0.1.0"}
SAID = {"User": "65532:65532", "Entrypoint": ["headsup"], "Labels": VERSION}


def as_it_should_be(root: Path) -> None:
    for folder in ("bin", "usr/bin", "usr/local/bin", "opt/headsup/bin", PACKAGES):
        (root / folder).mkdir(parents=True)
    for program in ("usr/bin/perl", "usr/local/bin/python3.11", "opt/headsup/bin/headsup"):
        file(root, program)
    (root / PACKAGES / "faust_streaming-0.15.3.dist-info").mkdir()
    (root / PACKAGES / "headsup-0.1.0.dist-info").mkdir()
    sbom = {"components": [{"name": "faust-streaming", "version": "0.15.3"}]}
    (root / SBOM).write_text(json.dumps(sbom))
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)


def file(root: Path, name: str, mode: int = 0o755) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).touch()
    (root / name).chmod(mode)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    as_it_should_be(tmp_path)
    return tmp_path


def test_an_image_as_it_should_be(root: Path) -> None:
    assert list(wrong_in_config(SAID)) == []
    assert list(wrong_in_files(root)) == []


SAYS: dict[str, tuple[dict[str, object], str]] = {
    "nobody, so root": ({"User": ""}, "it runs as root"),
    "root": ({"User": "0:0"}, "it runs as 0:0"),
    "a group of somebody": ({"User": "65532"}, "it runs as 65532"),
    "nothing to run": ({"Entrypoint": None}, "it runs nothing"),
    "no version": ({"Labels": None}, "it does not say which version it is"),
}


@each("what", SAYS)
def test_what_it_says_of_itself(what: str) -> None:
    change, sentence = SAYS[what]
    assert list(wrong_in_config(SAID | change)) == [sentence]


@each(
    "program",
    (
        *("bin/ld", "usr/bin/cc", "usr/bin/gcc-12", "usr/bin/x86_64-linux-gnu-gcc-12"),
        *("usr/bin/clang-14", "usr/lib/gcc/x86_64-linux-gnu/12/cc1", "usr/libexec/gcc/x/13/cc1"),
        *("usr/bin/apt-get", "usr/bin/dpkg-deb", "usr/sbin/dpkg-preconfigure", "usr/bin/git"),
        *("usr/local/bin/pip3.11", "opt/headsup/bin/pip", "usr/bin/curl"),
        *(f"{PACKAGES}/pip", f"{PACKAGES}/tests", "usr/local/lib/python3.11/ensurepip"),
        "usr/share/python-wheels/pip-23.0.1-py3-none-any.whl",
        *("usr/lib/python3.11/ensurepip", "usr/lib/python3/dist-packages/setuptools"),
    ),
)
def test_what_builds_or_fetches_is_in_no_image(root: Path, program: str) -> None:
    file(root, program)
    assert f"/{program} is in it" in list(wrong_in_files(root))


def no_list(root: Path) -> None:
    (root / SBOM).unlink()


def empty_list(root: Path) -> None:
    (root / SBOM).write_text("")


def one_more_package(root: Path) -> None:
    (root / PACKAGES / "left_pad-1.0.dist-info").mkdir()


def another_version(root: Path) -> None:
    (root / PACKAGES / "faust_streaming-0.15.3.dist-info").rmdir()
    (root / PACKAGES / "faust_streaming-0.16.0.dist-info").mkdir()


LISTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "none": (no_list, "there is no list of what it consists of"),
    "empty": (empty_list, f"/{SBOM} is no list of parts in CycloneDX"),
    "short": (one_more_package, f"/{SBOM} does not list left_pad 1.0"),
    "old": (another_version, f"/{SBOM} does not list faust_streaming 0.16.0"),
}


@each("what", LISTS)
def test_the_list_of_parts_names_all_of_them(tmp_path: Path, what: str) -> None:
    root = tmp_path / what
    as_it_should_be(root)
    change, sentence = LISTS[what]
    change(root)
    assert list(wrong_in_files(root)) == [sentence]


def test_nothing_gives_the_rights_of_another_user(root: Path) -> None:
    file(root, "usr/bin/su", 0o4755)
    said = "/usr/bin/su gives whoever runs it another user's rights"
    assert list(wrong_in_files(root)) == [said]


def test_what_everybody_can_write_is_said(root: Path) -> None:
    file(root, "usr/bin/headsup", 0o757)
    (root / "opt/headsup").chmod(0o1777)
    (root / "tmp").chmod(0o777)
    places = ("/opt/headsup", "/tmp", "/usr/bin/headsup")  # noqa: S108 - named, not used
    said = [f"{place} can be written by whoever runs it" for place in places]
    assert sorted(wrong_in_files(root)) == said


def test_what_belongs_to_whoever_runs_it_can_be_written(root: Path) -> None:
    said = "/opt/headsup/bin/headsup can be written by whoever runs it"
    assert os.getuid() != USER
    assert said in list(wrong_in_files(root, user=os.getuid()))
