"""The figures of many journeys, as a table and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.journeys.oracle import answered, said
from tests.journeys.oracle.finding import Fault, Finding
from tests.journeys.play import SOUND, Broken, NeverRestsError, play
from tests.journeys.story import Fate, Journey

PAGE: Final = Path("build/journeys.json")


@dataclass(slots=True)
class Judged:
    """What is known of one journey when it was judged."""

    number: int
    findings: list[Finding] = field(default_factory=list)
    messages: int = 0
    minutes: list[float] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Figures:
    """Of many."""

    journeys: int = 0
    unanswered: int = 0
    false: int = 0
    repeats: int = 0
    messages: int = 0
    minutes: list[float] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Nobody wondered, nothing was false, nothing came twice."""
        return not (self.unanswered or self.false or self.repeats)

    def add(self, judged: Judged) -> None:
        """Counts one journey."""
        faults = Counter(finding.fault for finding in judged.findings)
        self.journeys += 1
        self.unanswered += faults[Fault.UNANSWERED]
        self.false += faults[Fault.FALSE]
        self.repeats += faults[Fault.REPEATED]
        self.messages += judged.messages
        self.minutes += judged.minutes

    def as_json(self) -> dict[str, float]:
        """As `build/journeys.json` has them."""
        minutes = sorted(self.minutes)
        return {
            "journeys": self.journeys,
            "unanswered": self.unanswered,
            "false": self.false,
            "repeats": self.repeats,
            "messages_per_order": round(self.messages / max(self.journeys, 1), 2),
            "minutes_to_told_p50": _percentile(minutes, 50),
            "minutes_to_told_p99": _percentile(minutes, 99),
        }


def judge(journey: Journey) -> Judged:
    """What the oracle says of it."""
    asked = answered.judge(journey)
    return Judged(
        number=journey.number,
        findings=[*asked.findings, *said.judge(journey)],
        messages=sum(message.fate is Fate.SENT for message in journey.messages),
        minutes=asked.minutes,
        kinds=Counter(m.kind for m in journey.messages if m.fate is Fate.SENT),
    )


def judged(seed: int, number: int, broken: Broken = SOUND) -> Judged:
    """Plays and judges one. An order that never comes to rest counts as one that says nothing."""
    try:
        return judge(play(seed, number, broken))
    except NeverRestsError as error:
        raise SystemExit(str(error)) from error


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The nearest rank."""
    if not ordered:
        return 0.0
    index = max(0, -(-len(ordered) * percent // 100) - 1)
    return round(ordered[index], 1)


def write(figures: Figures, path: Path = PAGE) -> None:
    """Writes the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(figures.as_json(), indent=2) + "\n", "utf-8")


def show(figures: Figures, console: Console) -> None:
    """Prints them."""
    table = Table(title="Journeys", show_header=False)
    for name, value in figures.as_json().items():
        table.add_row(name.replace("_", " "), f"{value:g}")
    console.print(table)
