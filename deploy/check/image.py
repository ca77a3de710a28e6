"""python -m deploy.check.image: builds deploy/Dockerfile with buildah, which needs no daemon, looks
at what came out, and has its services tell a story; `make image-check`.

The base image cannot be fetched everywhere. One of the same form is made of Debian's packages and
of the Python that runs this. As root, on Debian; needs buildah and mmdebstrap. Where that is not to
be had it is left out with a word, or fails if CI is set.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from deploy.check import base
from deploy.check.buildah import Buildah, CannotBuildError, CannotRunError, found
from deploy.check.contents import wrong_in_config, wrong_in_files
from deploy.check.dockerfile import DOCKERFILE, TARGETS

_PLACE: Final = Path("build/image")
_COMMON: Final = "common"
"""The stage that all targets are built from. It is built once, and they are of that."""


def main() -> int:
    """Builds all targets and looks at them; the exit code."""
    try:
        builder = found(_PLACE)
    except CannotRunError as error:
        sys.stderr.write(f"The images were not built: {error}\n")
        return 2 if os.environ.get("CI") else 0
    try:
        problems = [f"{target}: {what}" for target, what in _problems(builder)]
        for problem in problems:
            sys.stderr.write(f"{problem}\n")
        return 1 if problems or not _runs(builder) else 0
    except CannotBuildError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _problems(builder: Buildah) -> Iterator[tuple[str, str]]:
    """What is wrong, behind the target whose image it is wrong with."""
    builder.tidy()
    with _timed("base"):
        python = base.made(builder)
    with _timed(_COMMON):
        _build(builder, _COMMON, "--jobs", "2", "--build-arg", f"PYTHON_IMAGE={python}")
    for target in TARGETS:
        with _timed(target):
            common = f"{_COMMON}=container-image://{_image(_COMMON)}"
            _build(builder, target, "--build-context", common)
            yield from ((target, what) for what in _wrong_in(builder, _image(target)))


def _wrong_in(builder: Buildah, image: str) -> Iterator[str]:
    inspected = json.loads(builder.do("inspect", "--type", "image", image))
    yield from wrong_in_config(inspected["OCIv1"]["config"])
    with builder.opened(image) as root:
        yield from wrong_in_files(root)


def _image(target: str) -> str:
    return f"localhost/headsup-{target}"


def _build(builder: Buildah, target: str, *more: str) -> None:
    where = ("--ignorefile", ".dockerignore", "--file", str(DOCKERFILE))
    words = ("--pull=never", *more, *where, "--target", target, "--tag", _image(target))
    builder.do("build", *words, ".")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    """Says how long it took."""
    began = time.monotonic()
    yield
    sys.stdout.write(f"{what}: {time.monotonic() - began:.0f} s\n")
    sys.stdout.flush()


def _runs(builder: Buildah) -> bool:
    """Whether the services of the image do what the tests ask of those of the wheel."""
    words = ("-m", "pytest", "-q", "-m", "slow", "tests/integration/deploy/test_installed.py")
    with _timed("a story"), builder.opened(_image("tools")) as root:
        environment = {**os.environ, "HEADSUP_IMAGE": str(root)}
        done = subprocess.run([sys.executable, *words], check=False, env=environment)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
