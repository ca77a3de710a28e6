"""python -m deploy.check: builds every overlay and says what is wrong with it, and with the
dashboards beside them; exits 1 if anything is."""

import sys
from collections.abc import Iterator, Sequence

from deploy.check.manifests import K8S, OVERLAYS, BuildError, build, parse
from deploy.check.queries import wrong_in_dashboards
from deploy.check.rules import RULES
from deploy.check.valid import CannotValidateError, invalid


def main() -> int:
    """Checks all overlays; the exit code."""
    found = [_say(overlay, list(_problems(overlay))) for overlay in OVERLAYS]
    found.append(_say("dashboards", list(wrong_in_dashboards())))
    return 0 if all(found) else 1


def _say(what: str, problems: Sequence[str]) -> bool:
    """Whether it is as it should be."""
    for problem in problems:
        sys.stderr.write(f"{what}: {problem}\n")
    sys.stdout.write(f"{what}: {'as it should be' if not problems else len(problems)}\n")
    return not problems


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
