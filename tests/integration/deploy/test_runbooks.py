"""What the runbooks tell somebody to type is there."""

import re
from functools import cache
from pathlib import Path

import asyncpg
import typer

from deploy.alerts.rules import RUNBOOKS
from headsup.cli.main import app
from tests.support.each import each

PAGES = sorted(RUNBOOKS.glob("*.md"))
_SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"(?:^ +|`|-- |\| )headsup ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)


_LOOKED_FOR = re.compile(r"grep (?:-\w )?'([^']+)'")
_OURS = ("headsup", "services")


def never_logged(page: Path) -> list[str]:
    """What somebody is to look for in the logs, and nobody writes there."""
    code = _code()
    said = [
        words
        for found in _LOOKED_FOR.findall(page.read_text("utf-8"))
        for words in found.split("|")
    ]
    return [
        words for words in said if '"level"' not in words and ")" not in words and words not in code
    ]


@cache
def _code() -> str:
    root = RUNBOOKS.parents[1]
    paths = (path for folder in _OURS for path in (root / folder).rglob("*.py"))
    return "\n".join(path.read_text("utf-8") for path in paths)


def commands() -> set[str]:
    """Those of `headsup`, the ones below others too."""
    found = set[str]()
    group = typer.main.get_command(app)
    for name, command in getattr(group, "commands", {}).items():
        found |= {name, *(f"{name} {below}" for below in getattr(command, "commands", ()))}
    return found


def missing(page: Path) -> list[str]:
    """The commands of a page that there are not."""
    known = commands()
    with_more = {name.split()[0] for name in known if " " in name}
    said = _COMMAND.findall(page.read_text("utf-8"))
    names = {f"{name} {below}" if name in with_more else name for name, below in said}
    return sorted(names - known)


@each("page", PAGES)
def test_the_commands_of_a_runbook_are_there(page: Path) -> None:
    assert missing(page) == []


def test_a_command_that_is_not_there_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "`headsup dlq list`, `headsup dlq eat`\n    headsup trace ORDER\n    headsup mend\n"
    )
    assert missing(page) == ["dlq eat", "mend"]


@each("page", PAGES)
def test_what_is_looked_for_in_the_logs_is_written_there(page: Path) -> None:
    assert never_logged(page) == []


def test_words_that_nobody_logs_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("logs x | grep -E 'the line stopped|the line sang'\n")
    assert never_logged(page) == ["the line sang"]


async def test_the_database_understands_the_sql_of_all_runbooks(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    asked = 0
    try:
        for page in PAGES:
            for block in _SQL.findall(page.read_text("utf-8")):
                for statement in filter(str.strip, block.split(";")):
                    await connection.execute(f"EXPLAIN {statement}")
                    asked += 1
    finally:
        await connection.close()
    assert asked >= 8
