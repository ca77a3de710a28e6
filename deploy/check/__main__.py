"""python -m deploy.check: builds every overlay, reads the Dockerfile, compose.yaml and dashboards,
and says what is wrong with them; exits 1 if anything is."""

import subprocess
import sys
from collections.abc import Iterator

from deploy.check import compose, dashboards, dockerfile
from deploy.check.apart import overlays_are_apart
from deploy.check.manifests import K8S, OVERLAYS, BuildError, Manifests, build, parse
from deploy.check.queries import wrong_in_dashboards
from deploy.check.rules import RULES
from deploy.check.valid import CannotValidateError, invalid


def main() -> int:
    """Checks all of it; the exit code."""
    built: dict[str, Manifests] = {}
    found = {overlay: list(_of_overlay(overlay, built)) for overlay in OVERLAYS}
    found["overlays"] = list(overlays_are_apart(built))
    found["Dockerfile"] = list(_of_dockerfile())
    found["compose.yaml"] = list(_of_compose())
    found["dashboards"] = [*wrong_in_dashboards(), *dashboards.problems()]
    for name, problems in found.items():
        for problem in problems:
            sys.stderr.write(f"{name}: {problem}\n")
        sys.stdout.write(f"{name}: {len(problems) or 'as it should be'}\n")
    return 1 if any(found.values()) else 0


def _of_overlay(overlay: str, built: dict[str, Manifests]) -> Iterator[str]:
    """What is wrong with it; what it consists of is put beside the others."""
    try:
        text = build(K8S / "overlays" / overlay)
        yield from invalid(text)
    except (BuildError, CannotValidateError) as error:
        yield str(error)
        return
    manifests = built[overlay] = parse(text)
    for rule in RULES:
        yield from rule(manifests)


def _of_dockerfile() -> Iterator[str]:
    yield from dockerfile.linted()
    words = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    files = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
    text, ignore = dockerfile.DOCKERFILE.read_text("utf-8"), dockerfile.IGNORE.read_text("utf-8")
    yield from dockerfile.problems(text, ignore, files)


def _of_compose() -> Iterator[str]:
    text = compose.COMPOSE.read_text("utf-8")
    yield from compose.invalid(text)
    yield from compose.problems(text)


if __name__ == "__main__":
    sys.exit(main())
