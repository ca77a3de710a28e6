"""What the runbooks tell somebody to type is there."""

import re
from pathlib import Path

import asyncpg
import typer

from deploy.alerts.rules import RUNBOOKS
from headsup.cli.main import app
from tests.support.each import each

PAGES = sorted(RUNBOOKS.glob("*.md"))
_SQL = re.compile(r"```sql\n(.*?)```", re.DOTALL)
_COMMAND = re.compile(r"(?:^ +|`|-- |\| )headsup ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)


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
