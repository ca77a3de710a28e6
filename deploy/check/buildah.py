"""Buildah: it builds images without a daemon, and without Docker."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROGRAMS: Final = ("buildah", "mmdebstrap", "unshare")
"""Each is Debian's, in a package of its name but for the last."""
_OVERLAY: Final = ("--storage-driver", "overlay")
_STORAGE: Final = {
    # skip_mount_home: it leaves nothing mounted behind.
    "overlay": (*_OVERLAY, "--storage-opt", "overlay.skip_mount_home=true"),
    "fuse": (*_OVERLAY, "--storage-opt", "overlay.mount_program=/usr/bin/fuse-overlayfs"),
    "vfs": ("--storage-driver", "vfs"),
}
"""Ways to keep images, the fastest first. The kernel's overlay refuses to lie on another, as in
many a container; vfs copies the whole image for each of its layers, and always works."""


class CannotRunError(Exception):
    """Images cannot be built here, whatever is in them."""


class CannotBuildError(Exception):
    """What builds refused."""


@dataclass(frozen=True, slots=True)
class Buildah:
    """One store of images and of containers, which nobody else uses."""

    store: Path
    storage: tuple[str, ...]

    def do(self, *words: str) -> str:
        """What it says. Raises CannotBuildError with the end of what it said instead."""
        here = self.store.absolute()
        where = ("--root", str(here / "store"), "--runroot", str(here / "run"), *self.storage)
        environment = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        return output("buildah", *where, *words, environment=environment)

    @contextmanager
    def opened(self, image: str) -> Iterator[Path]:
        """Where the files of an image lie meanwhile."""
        container = self.do("from", "--pull-never", image)
        try:
            yield Path(self.do("mount", container))
        finally:
            self.do("rm", container)

    def tidy(self) -> None:
        """Removes what an earlier run left behind when it was ended."""
        self.do("rm", "--all")
        self.do("rmi", "--prune")


def output(*words: str, environment: dict[str, str] | None = None) -> str:
    """What a program says, without the space around it. Raises CannotBuildError."""
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise CannotBuildError(f"{' '.join(words)}:\n{(done.stdout + done.stderr)[-3000:].strip()}")
    return done.stdout.strip()


def found(place: Path) -> Buildah:
    """It, with a store below `place`. Raises CannotRunError with what is missing."""
    for program in _PROGRAMS:
        if shutil.which(program) is None:
            raise CannotRunError(f"there is no {program} here: apt-get install {program}")
    if os.geteuid():
        raise CannotRunError("only root may open an image and run what is in it")
    try:
        output("unshare", "--mount", "true")
    except CannotBuildError as error:
        raise CannotRunError(f"nothing may be mounted here, as in an image: {error}") from error
    refusals = []
    for name, words in _STORAGE.items():
        builder = Buildah(place / name, words)
        try:
            _try(builder)
        except CannotBuildError as error:
            refusals.append(str(error))
        else:
            return builder
    raise CannotRunError("\n".join(("buildah can keep no images here:", *refusals)))


def _try(builder: Buildah) -> None:
    builder.store.mkdir(parents=True, exist_ok=True)
    container = builder.do("from", "scratch")
    try:
        builder.do("mount", container)
    finally:
        builder.do("rm", container)
