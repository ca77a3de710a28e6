"""python -m deploy.security: known holes in what we install, keys in our files, careless code.

Exits 1 if anything is found, or if nobody could be asked about known holes.

python -m deploy.security --known    remembers that what looks like a key is none: read the change
"""

import sys
from collections.abc import Iterator

from deploy.security import advisories, code, keys
from headsup.clock import SystemClock


def main(words: list[str]) -> int:
    """Looks at all of it; the exit code."""
    if words == ["--known"]:
        keys.remember(keys.found())
        return 0
    wrong = 0
    for name, problems in (("code", code.found), ("keys", _keys), ("advisories", _advisories)):
        found = list(problems())
        wrong += len(found)
        for problem in found:
            sys.stderr.write(f"{problem}\n")
        sys.stdout.write(f"{name}: {len(found) or 'nothing found'}\n")
    return 1 if wrong else 0


def _keys() -> Iterator[str]:
    seen, known = keys.found(), keys.remembered()
    yield from keys.unknown(seen, known)
    for path in keys.stale(seen, known):
        yield f"{keys.KNOWN} remembers {path} in vain: python -m deploy.security --known"


def _advisories() -> Iterator[str]:
    today = SystemClock().now().date()
    try:
        said = advisories.audited(advisories.requirements(), advisories.accepted(), today)
    except advisories.NotAskedError as error:
        yield str(error)
        return
    yield from said.wrong
    told = said.asked - len(said.unanswered)
    sys.stdout.write(f"advisories: {told} of {said.asked} pinned versions could be asked about\n")
    if said.unanswered:
        sys.stdout.write(f"nobody here knows of: {', '.join(said.unanswered)}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
