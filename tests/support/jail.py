"""A program as a container runs it: nobody in particular, on a root that cannot be written."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

NOBODY: Final = 65532
_OF_A_SYSTEM: Final = ("bin", "lib", "lib64", "sbin")
_TMP: Final = "/tmp"  # noqa: S108 - the one that is empty
_READ_ONLY: Final = "mount -o remount,bind,ro"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jail:
    """A root of its own: an image's, or this machine's programs and nothing else of it. Nothing in
    it can be written but /tmp, which is empty. The network is this machine's."""

    place: Path
    """An empty directory, where it is put together; nobody else sees what is in it."""
    image: Path | None = None
    binds: Mapping[str, Path] = field(default_factory=dict)
    """What else is in it, by where."""

    def words(self, *command: str) -> list[str]:
        """The command that runs `command` in it. As root; signals reach `command` itself."""
        return ["unshare", "--mount", "sh", "-c", "\n".join(self._script()), "sh", *command]

    def problem(self) -> str | None:
        """Why it cannot be used here; None when it can."""
        try:
            tried = subprocess.run(
                self.words("/bin/true"), capture_output=True, text=True, check=False
            )
        except OSError as error:
            return f"there is no unshare here: {error}"
        return f"no jail can be made here: {tried.stderr.strip()}" if tried.returncode else None

    def _script(self) -> Iterator[str]:
        root = shlex.quote(str(self.place))
        yield "set -eu"
        if self.image is not None:
            yield f"mount --bind {shlex.quote(str(self.image))} {root}"
        else:
            yield f"mount -t tmpfs -o mode=755 tmpfs {root}"
            yield from self._system(root)
        for inside, outside in self.binds.items():
            yield from _bound(str(outside), f"{root}{inside}")
        yield f"mkdir -p {root}/dev {root}/proc {root}{_TMP}"
        yield f"mount -t tmpfs -o mode=1777,size=64m tmpfs {root}{_TMP}"
        yield f"mount --rbind /dev {root}/dev"
        yield f"mount --rbind /proc {root}/proc"
        yield f"{_READ_ONLY} {root}"
        yield f'exec chroot --userspec={NOBODY}:{NOBODY} --groups= {root} "$@"'

    def _system(self, root: str) -> Iterator[str]:
        """This machine's programs and libraries, and the Python that we run on."""
        for name in _OF_A_SYSTEM:
            if (Path("/") / name).is_symlink():
                yield f"ln -s usr/{name} {root}/{name}"
        for folder in ("/usr", "/etc", sys.base_prefix):
            yield from _bound(folder, f"{root}{folder}")


def _bound(outside: str, inside: str) -> Iterator[str]:
    yield f"mkdir -p {inside}"
    yield f"mount --bind {shlex.quote(outside)} {inside}"
    yield f"{_READ_ONLY} {inside}"
