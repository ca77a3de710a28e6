"""What there is to say about events, on a terminal in colour, elsewhere as plain text."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from headsup.cli.event_files import Explained
from headsup.contracts.explain import Finding, Severity

_STYLES = {Severity.ERROR: "bold red", Severity.ADVICE: "yellow"}


def show(console: Console, explained: list[Explained]) -> bool:
    """Prints every finding and a last line that counts. Returns whether all events are fine."""
    counts = Counter(f.severity for e in explained for f in e.explanation.findings)
    for each in explained:
        if each.explanation.findings:
            _show_event(console, each)
    refused = sum(e.explanation.event is None for e in explained)
    console.print(Text(_last_line(len(explained), refused, counts[Severity.ADVICE])))
    return refused == 0


def _show_event(console: Console, each: Explained) -> None:
    piece, explanation = each.piece, each.explanation
    about = f", {explanation.type}" if explanation.type else ""
    place = f"{piece.source}: event {piece.number} (line {piece.line}{about})"
    console.print(Text(place, style="bold"))
    for finding in explanation.findings:
        console.print(_line(finding))


def _line(finding: Finding) -> Text:
    where = f"{finding.field}: " if finding.field else ""
    style = _STYLES[finding.severity]
    return Text.assemble("  ", (finding.severity, style), f"  {where}{finding.sentence}")


def _last_line(events: int, refused: int, advice: int) -> str:
    checked = "1 event" if events == 1 else f"{events} events"
    verdict = "none would be refused" if not refused else f"{refused} would be refused"
    pieces = {0: "", 1: ", 1 piece of advice"}.get(advice, f", {advice} pieces of advice")
    return f"{checked}: {verdict}{pieces}."
