"""What a profile makes of the stacks that were seen."""

import pytest

from bench.profile import profile

PARTS = (("/asyncpg/", "database"), ("/ours/rules/", "rules"), ("/ours/", "the rest of ours"))
FOLDED = """\
main (/x/run.py:1);work (/x/ours/work.py:3);judge (/x/ours/rules/late.py:9) 30
main (/x/run.py:1);work (/x/ours/work.py:3);fetch (/y/asyncpg/pool.py:7);inner (/z/abc.py:1) 50
main (/x/run.py:1);work (/x/ours/work.py:4) 15
main (/x/run.py:1) 5
thread (/x/ours/watch.py:1);Condition.wait (/p/threading.py:320) 400
"""


def test_a_sample_belongs_to_the_innermost_function_that_has_a_part() -> None:
    found = profile("ours", FOLDED, PARTS, "7 events")
    assert dict(found.parts) == pytest.approx(
        {
            "rules": 0.30,
            "database": 0.50,
            "the rest of ours": 0.15,
            "the event loop, and what is not ours": 0.05,
        }
    )


def test_a_thread_that_waits_is_no_time_of_the_service() -> None:
    assert profile("ours", FOLDED, PARTS, "7 events").samples == 100


def test_the_largest_part_stands_first_in_the_report() -> None:
    report = profile("ours", FOLDED, PARTS, "7 events").report()
    assert [part["name"] for part in report["parts"]][:2] == ["database", "rules"]
