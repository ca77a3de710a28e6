"""python -m deploy.alerts.check: what is wrong with the rules, their tests and their runbooks.

promtool judges the rules and runs their tests; the rest is ours. Exits 1 if anything is wrong.
Where promtool is not installed that part is left out with a word, or fails if CI is set.
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from deploy.alerts.promtool import HOW_TO_HAVE_IT, NoPromtoolError, found_promtool
from deploy.alerts.rules import RUNBOOKS, SEVERITIES, Alert, alerts, files, recorded, rules, tests
from deploy.check.queries import metrics_named, wrong_in, wrong_in_runbook

PARTS: Final = ("See", "What it usually is", "Do", "Over")
"""The headings of a runbook, behind what the customer feels."""
FEELS: Final = "**What the customer feels.**"
_SELECTED: Final = re.compile(
    r"^.*\bkubectl .*\blogs (?=.*(?:-l|--selector)\b)(?!.*--tail\b).*$", re.MULTILINE
)
"""Of pods that are named by a label kubectl shows ten lines each, whatever `--since` says: what
somebody looks for with `grep` is mostly not among them."""
_FIRING: Final = re.compile(r'alertname="(\w+)"')
_INDEX: Final = "README"


def problems() -> Iterator[str]:
    """All that is wrong, a sentence for each. Raises NoPromtoolError."""
    yield from by_our_rules()
    yield from by_promtool("check", "rules", *files())
    yield from by_promtool("test", "rules", *tests())


def by_our_rules() -> Iterator[str]:
    """What we find ourselves."""
    yield from without_words(alerts())
    yield from without_page(alerts(), RUNBOOKS)
    yield from not_as_a_runbook(RUNBOOKS)
    yield from looking_at_ten_lines(RUNBOOKS)
    yield from asking_in_vain()
    read = [yaml.safe_load(path.read_text()) for path in tests()]
    yield from never_seen_firing(alerts(), read)
    yield from never_seen_quiet(alerts(), read)


def without_words(known: Iterable[Alert]) -> Iterator[str]:
    """Alerts of which nobody would know what they mean, or whom they wake."""
    for alert in known:
        if alert.severity not in SEVERITIES:
            yield f"{alert.name} has no severity of {', '.join(SEVERITIES)}"
        for what in ("summary", "description"):
            if not alert.said(what).endswith("."):
                yield f"{alert.name} has no {what}, or not in a sentence"
        if alert.said("runbook_url") != f"docs/runbooks/{alert.name}.md":
            yield f"{alert.name} does not lead to its runbook"


def without_page(known: Iterable[Alert], folder: Path) -> Iterator[str]:
    """Alerts without a page, pages without an alert, and pages that the list lacks."""
    names = {alert.name for alert in known}
    pages = {path.stem for path in folder.glob("*.md")} - {_INDEX}
    index = folder / f"{_INDEX}.md"
    listed = set(re.findall(r"\]\((\w+)\.md\)", index.read_text() if index.exists() else ""))
    yield from (f"{name} has no page in docs/runbooks" for name in sorted(names - pages))
    yield from (f"docs/runbooks/{name}.md is of no alert" for name in sorted(pages - names))
    yield from (f"docs/runbooks/README.md does not list {n}" for n in sorted(pages - listed))


def not_as_a_runbook(folder: Path) -> Iterator[str]:
    """Pages that lack what somebody looks for at three in the morning."""
    for path in sorted(folder.glob("*.md")):
        if path.stem == _INDEX:
            continue
        title, _, text = path.read_text("utf-8").partition("\n")
        if title != f"# {path.stem}" or not text.strip().startswith(FEELS):
            yield f"{path.name} does not begin with its name and with what the customer feels"
        if tuple(re.findall(r"^## (.+)$", text, re.MULTILINE)) != PARTS:
            yield f"{path.name} has not the parts {', '.join(PARTS)}"


def looking_at_ten_lines(folder: Path) -> Iterator[str]:
    """Commands of pages that look into logs, and see the last ten lines of each pod only."""
    for path in sorted(folder.glob("*.md")):
        for line in _SELECTED.findall(path.read_text("utf-8")):
            yield f"{path.name} looks at ten lines, without --tail: {line.strip()}"


def asking_in_vain() -> Iterator[str]:
    """Queries of rules and of runbooks that name what no service shows."""
    for rule in rules():
        yield from wrong_in(rule["expr"])
    for path in sorted(RUNBOOKS.glob("*.md")):
        yield from wrong_in_runbook(path)


def never_seen_firing(known: Iterable[Alert], read: Sequence[Any]) -> Iterator[str]:
    """Alerts that no test makes fire."""
    seen = {name for test in _all(read) for name in _fires(test)}
    yield from (f"{name} never fires in a test" for name in sorted({a.name for a in known} - seen))


def never_seen_quiet(known: Iterable[Alert], read: Sequence[Any]) -> Iterator[str]:
    """Alerts of which no test has all metrics, and stays silent."""
    quiet = [_given(test) for test in _all(read) if not _fires(test)]
    for alert in known:
        needed = _shown(alert.body["expr"])
        if not any(needed <= given for given in quiet):
            yield f"{alert.name} is never silent in a test that has {', '.join(sorted(needed))}"


def _shown(query: str) -> set[str]:
    """The metrics that a query comes down to."""
    computed, found = recorded(), set[str]()
    for name in metrics_named(query):
        found |= _shown(computed[name]) if name in computed else {name}
    return found


def _all(read: Sequence[Any]) -> Iterator[Any]:
    for file in read:
        yield from file["tests"]


def _fires(test: Any) -> set[str]:
    asked = [*test.get("promql_expr_test", ())]
    labels = (sample["labels"] for each in asked for sample in each.get("exp_samples") or ())
    return {name for each in labels for name in _FIRING.findall(each)}


def _given(test: Any) -> set[str]:
    return {each["series"].partition("{")[0] for each in test["input_series"]}


def by_promtool(*words: str | Path) -> Iterator[str]:
    """What promtool finds. Raises NoPromtoolError."""
    promtool = found_promtool()
    if promtool is None:
        sys.stdout.write(f"left out: promtool {words[0]} {words[1]}, for {HOW_TO_HAVE_IT}\n")
        return
    said = subprocess.run([promtool, *words], capture_output=True, text=True, check=False)
    if said.returncode:
        yield (said.stdout + said.stderr).strip()


def main() -> int:
    """Says what is wrong; the exit code."""
    try:
        found = list(problems())
    except NoPromtoolError as error:
        found = [str(error)]
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    if not found:
        sys.stdout.write(f"{len({a.name for a in alerts()})} alerts: as they should be\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
