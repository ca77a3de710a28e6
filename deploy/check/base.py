"""A base image for deploy/Dockerfile where the real one cannot be fetched: of the same form, made
of Debian's packages and of the Python that runs this."""

import hashlib
import platform
import shutil
import sys
from pathlib import Path
from typing import Final

from deploy.check.buildah import Buildah, output

_SUITE: Final = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
"""Of this machine's Debian: Python is linked with its libraries."""
_PACKAGES: Final = (
    *("ca-certificates", "netbase", "tzdata"),
    # What Python is linked with.
    *("libbz2-1.0", "libffi8", "liblzma5", "libncursesw6", "libreadline8", "libsqlite3-0"),
    *("libssl3", "libuuid1", "zlib1g"),
)
_QUICK: Final = "--dpkgopt=force-unsafe-io"
"""As in Debian's own images: a package is not forced onto the disk. It holds when the Dockerfile
installs something, too."""
_DEBIANS_PYTHON: Final = ("python3", "python3-venv")
_OF_PYTHON: Final = ("bin/python3*", "include/python3*", "lib/libpython3*", "lib/python3.*")
_NOT_OF_PYTHON: Final = shutil.ignore_patterns("site-packages", "test", "__pycache__")
_OF_THIS_MACHINE: Final = (Path("/etc/pip.conf"), Path("/etc/ssl/certs/ca-certificates.crt"))
"""How packages are fetched from here."""
_PATH: Final = "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def made(builder: Buildah) -> str:
    """Its name. It is made the first time, or when something else belongs into it."""
    is_debians = sys.base_prefix == "/usr"
    packages = (*_PACKAGES, *(_DEBIANS_PYTHON if is_debians else ()))
    recipe = " ".join((sys.version, sys.base_prefix, _SUITE, _QUICK, *packages))
    name = f"localhost/base:{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    if name not in builder.do("images", "--format", "{{.Name}}:{{.Tag}}").splitlines():
        container = builder.do("from", "scratch")
        root = Path(builder.do("mount", container))
        what = ("--variant=minbase", f"--include={','.join(packages)}", _QUICK)
        # What it mounts goes with it, even if it is killed.
        output("unshare", "--mount", "mmdebstrap", "--quiet", *what, _SUITE, str(root))
        if not is_debians:
            _bring_python(root / "usr/local")
        for file in _OF_THIS_MACHINE:
            if file.exists():
                shutil.copy(file, root / file.relative_to("/"))
        builder.do("run", container, "ldconfig")
        builder.do("config", "--env", _PATH, container)
        builder.do("commit", "--quiet", "--rm", container, name)
    return name


def _bring_python(prefix: Path) -> None:
    """Ours, without what was installed into it."""
    here = Path(sys.base_prefix)
    for place in (each for name in _OF_PYTHON for each in here.glob(name)):
        target = prefix / place.relative_to(here)
        if place.is_dir():
            shutil.copytree(place, target, symlinks=True, ignore=_NOT_OF_PYTHON)
        else:
            shutil.copy2(place, target, follow_symlinks=False)
