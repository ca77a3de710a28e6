"""python -m deploy.check: builds every overlay and says what is wrong with it; exits 1 if anything
is."""

import sys
from collections.abc import Iterator

from deploy.check.manifests import K8S, OVERLAYS, BuildError, build, parse
from deploy.check.rules import RULES
from deploy.check.valid import CannotValidateError, invalid


def main() -> int:
    """Checks all overlays; the exit code."""
    is_right = True
    for overlay in OVERLAYS:
        problems = list(_problems(overlay))
        for problem in problems:
            sys.stderr.write(f"{overlay}: {problem}\n")
        sys.stdout.write(f"{overlay}: {'as it should be' if not problems else len(problems)}\n")
        is_right &= not problems
    return 0 if is_right else 1


def _problems(overlay: str) -> Iterator[str]:
    try:
        text = build(K8S / "overlays" / overlay)
        yield from invalid(text)
    except (BuildError, CannotValidateError) as error:
        yield str(error)
        return
    manifests = parse(text)
    for rule in RULES:
        yield from rule(manifests)


if __name__ == "__main__":
    sys.exit(main())
