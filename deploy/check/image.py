"""python -m deploy.check.image: builds deploy/Dockerfile with buildah, which needs no daemon, and
looks at what came out; `make image-check`.

The base image cannot be fetched everywhere. One of the same form is made of Debian's packages and
of the Python that runs this. As root, on Debian; needs buildah and mmdebstrap.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from deploy.check.dockerfile import DOCKERFILE, TARGETS

_BUILD: Final = Path("build/image")
_SUITE: Final = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
"""Of this machine's Debian: Python is linked with its libraries."""
_BASE: Final = f"localhost/base:{platform.python_version()}-{_SUITE}"
_PACKAGES: Final = (
    *("ca-certificates", "netbase", "tzdata"),
    # What Python is linked with.
    *("libbz2-1.0", "libffi8", "liblzma5", "libncursesw6", "libreadline8", "libsqlite3-0"),
    *("libssl3", "libuuid1", "zlib1g"),
)
_OF_PYTHON: Final = ("bin/python3*", "include", "lib/libpython3*", "lib/python3.*")
_OF_THIS_MACHINE: Final = (Path("/etc/pip.conf"), Path("/etc/ssl/certs/ca-certificates.crt"))
"""How packages are fetched from here."""
_STORE: Final = ("--storage-driver", "overlay", "--storage-opt", "overlay.skip_mount_home=true")
"""Leaves nothing mounted behind."""
_NOT_IN_IT: Final = ("apt", "cc", "curl", "dpkg", "gcc", "git", "make", "pip", "pip3", "wget")
_NOT_IN_PYTHON: Final = ("ensurepip", "pip", "setuptools", "hatchling", "sandbox", "tests")


class CannotBuildError(Exception):
    """What builds is not there, or refused."""


def main() -> int:
    """Builds all targets and looks at them; the exit code."""
    try:
        _expect_what_is_needed()
        _BUILD.mkdir(parents=True, exist_ok=True)
        _make_base()
        found = [problem for target in TARGETS for problem in _problems(target)]
    except CannotBuildError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found or not _runs() else 0


def _expect_what_is_needed() -> None:
    for program in ("buildah", "mmdebstrap"):
        if shutil.which(program) is None:
            raise CannotBuildError(f"there is no {program} here: apt-get install {program}")
    if sys.base_prefix == "/usr":
        raise CannotBuildError("the Python that runs this must have a folder of its own")


def _buildah(*words: str) -> str:
    """What it says. Raises CannotBuildError with the end of what it said."""
    here = _BUILD.absolute()
    where = ("--root", str(here / "store"), "--runroot", str(here / "run"), *_STORE)
    environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
    done = subprocess.run(
        ["buildah", *where, *words], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise CannotBuildError(f"buildah {words[0]}: {(done.stdout + done.stderr)[-2000:]}")
    return done.stdout.strip()


def _make_base() -> None:
    """The base image, unless it is there."""
    if _BASE in _buildah("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        return
    debian, python = _BUILD / "debian.tar", _BUILD / "python.tar"
    include = f"--include={','.join(_PACKAGES)}"
    _run("mmdebstrap", "--quiet", "--variant=minbase", include, _SUITE, str(debian))
    what = [each for name in _OF_PYTHON for each in Path(sys.base_prefix).glob(name)]
    inside = [str(each.relative_to(sys.base_prefix)) for each in what]
    without = ("--exclude=*/site-packages/*", "--exclude=*/test/*", "--exclude=__pycache__")
    _run("tar", "-C", sys.base_prefix, *without, "-cf", str(python), *inside)
    container = _buildah("from", "scratch")
    _buildah("add", container, str(debian), "/")
    _buildah("add", container, str(python), "/usr/local")
    for file in _OF_THIS_MACHINE:
        if file.exists():
            _buildah("copy", container, str(file), str(file))
    _buildah("run", container, "ldconfig")
    _buildah("config", "--env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    _buildah("commit", "--rm", container, _BASE)


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBuildError(f"{words[0]}: {done.stderr[-2000:]}")


def _problems(target: str) -> Iterator[str]:
    """What is wrong with one image."""
    image = f"localhost/headsup-{target}"
    words = ("--layers", "--pull=never", "--build-arg", f"PYTHON_IMAGE={_BASE}")
    where = ("--ignorefile", ".dockerignore", "--file", str(DOCKERFILE))
    _buildah("build", *words, *where, "--target", target, "--tag", image, ".")
    config: dict[str, Any] = json.loads(_buildah("inspect", "--type", "image", image))
    said = config["OCIv1"]["config"]
    if said.get("User") != "65532:65532":
        yield f"{target} runs as {said.get('User')}"
    if not said.get("Entrypoint"):
        yield f"{target} runs nothing"
    if "org.opencontainers.image.version" not in said.get("Labels", {}):
        yield f"{target} does not say which version it is"
    container = _buildah("from", "--pull-never", image)
    try:
        yield from (f"{target}: {each}" for each in _inside(Path(_buildah("mount", container))))
    finally:
        _buildah("rm", container)


def _inside(root: Path) -> Iterator[str]:
    for found in (*_programs(root), *_libraries(root)):
        yield f"/{found.relative_to(root)} is in it"
    if not (root / "opt/headsup/sbom.cdx.json").exists():
        yield "there is no list of what it consists of"
    for file in root.rglob("*"):
        if not file.is_symlink() and file.is_file() and file.stat().st_mode & 0o6000:
            yield f"/{file.relative_to(root)} gives whoever runs it another user's rights"


def _programs(root: Path) -> Iterator[Path]:
    folders = ("bin", "usr/bin", "usr/sbin", "usr/local/bin", "opt/headsup/bin")
    places = (root / folder / program for folder in folders for program in _NOT_IN_IT)
    return (place for place in places if place.exists())


def _libraries(root: Path) -> Iterator[Path]:
    folders = [each for each in root.glob("*/*/lib/python3.*") if each.is_dir()]
    folders += [each / "site-packages" for each in folders]
    places = (folder / name for folder in folders for name in _NOT_IN_PYTHON)
    return (place for place in places if place.exists())


def _runs() -> bool:
    """Whether the services of the image do what the tests ask of those of the wheel."""
    container = _buildah("from", "--pull-never", "localhost/headsup-tools")
    try:
        environment = {**os.environ, "HEADSUP_IMAGE": _buildah("mount", container)}
        words = ("-m", "pytest", "-q", "-m", "slow", "tests/integration/deploy/test_installed.py")
        done = subprocess.run([sys.executable, *words], check=False, env=environment)
    finally:
        _buildah("rm", container)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
