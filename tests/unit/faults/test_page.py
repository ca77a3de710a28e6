"""The page about reliability shows every experiment, and none that broke a promise."""

from datetime import date
from pathlib import Path

import msgspec
import pytest

from tests.faults.about import About
from tests.faults.page import BEGIN, END, lines_of, read_table, with_report
from tests.faults.report import Line
from tests.faults.rows import ROWS

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
ABOUT = About(
    made_on=date(2026, 11, 24),
    is_long=True,
    seed=7,
    minutes=25,
    kills=226,
    broken=0,
    kafka="4.1.1",
    postgresql="18.0",
    python="3.11.2",
    cores=2,
    memory_gb=24,
)
GOOD = Line(
    name="one", events=9, due=3, once=3, lost=0, twice=0, copies=0, disorder=0, recovery_s=1.5
)

CARTS = msgspec.structs.replace(GOOD, after_purchase=0)


def red(name: str, figures: dict[str, float]) -> list[str]:
    """Figures of a line that break a promise. What Telegram loses or repeats in doubt is policy,
    and so is a mail's copy. Only what was accepted too late may come too late."""
    if not figures:
        return []
    is_mail, is_telegram = name.endswith(", mail"), name.endswith(", Telegram")
    wrong = [] if figures["due"] > 0 else ["due"]
    wrong += [] if is_telegram or figures["once"] == figures["due"] else ["once"]
    wrong += [each for each in ("lost", "twice") if figures[each] and not is_telegram]
    wrong += ["copies"] if figures["copies"] and not is_mail else []
    wrong += ["after_purchase"] if figures.get("after_purchase") else []
    may_be_late = name.startswith("slow, ") and (is_mail or is_telegram)
    return wrong + (["disorder"] if figures["disorder"] and not may_be_late else [])


def test_the_page_has_a_line_for_every_experiment_and_no_other() -> None:
    assert list(read_table(PAGE.read_text(encoding="utf-8"))) == lines_of(ROWS)


def test_no_figure_on_the_page_breaks_a_promise() -> None:
    found = read_table(PAGE.read_text(encoding="utf-8"))
    assert {name: wrong for name, figures in found.items() if (wrong := red(name, figures))} == {}


def test_what_breaks_a_promise_would_be_seen() -> None:
    good = {name: float(getattr(CARTS, name)) for name in Line.__struct_fields__[1:]}
    assert red("one", good) == []
    for name in ("lost", "twice", "copies", "disorder", "after_purchase"):
        assert red("one", {**good, name: 1.0}) == [name]
    assert red("one", {**good, "due": 0.0, "once": 0.0}) == ["due"]
    assert red("one", {**good, "once": 2.0}) == ["once"]
    assert red("one, Telegram", {**good, "once": 2.0, "lost": 1.0, "twice": 1.0}) == []
    assert red("one, mail", {**good, "copies": 1.0}) == []


def test_a_report_takes_the_place_of_the_last_one() -> None:
    page = f"Before.\n{BEGIN}\n| old | 1 |\n{END}\nAfter.\n"
    written = with_report(page, ABOUT, [GOOD], ["one", "two"])
    assert written.startswith(f"Before.\n{BEGIN}\n2026-11-24, the long form, seed 7: 226 kills, ")
    assert "| one | 9 | 3 | 3 | 0 | 0 | 0 | 0 | 1.5 | – |\n| two | – | – |" in written
    assert written.endswith(f"|\n{END}\nAfter.\n")
    assert read_table(written)["one"]["recovery_s"] == 1.5
    assert "after_purchase" not in read_table(written)["one"]
    assert read_table(written)["two"] == {}
    assert with_report(written, ABOUT, [GOOD], ["one", "two"]) == written


def test_what_was_run_by_itself_takes_its_place_among_the_others_and_says_so() -> None:
    names = ["one", "carts", "two"]
    page = with_report(f"{BEGIN}{END}", ABOUT, [GOOD], names)
    part = msgspec.structs.replace(ABOUT, is_long=False, kills=4, is_part=True)
    carts = msgspec.structs.replace(CARTS, name="carts")
    written = with_report(page, part, [carts], names)
    assert "seed 7: 226 kills" in written
    assert "| one | 9 | 3 | 3 | 0 | 0 | 0 | 0 | 1.5 | – |\n| carts † | 9 | 3 | 3 |" in written
    assert written.endswith(f"\n† {part.sentence}\n{END}")
    assert list(read_table(written)) == names
    assert with_report(written, part, [carts], names) == written
    assert with_report(written, ABOUT, [GOOD], names) == page


def test_a_page_without_marks_is_not_written() -> None:
    with pytest.raises(ValueError, match="no <!-- faults:begin"):
        with_report("Before.", ABOUT, [GOOD], [])


def test_an_experiment_that_is_gone_is_still_shown_if_it_was_run() -> None:
    written = with_report(f"{BEGIN}{END}", ABOUT, [GOOD], ["two"])
    assert list(read_table(written)) == ["two", "one"]
