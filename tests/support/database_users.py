"""The users of the database that docs/operating/install.md makes, and what people do as one."""

import asyncio
import re
from pathlib import Path
from typing import Any

import asyncpg
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.migrations import migrate
from sandbox.parts.postgres import EmbeddedPostgres

PAGE = Path("docs/operating/install.md")
ORDERS, NOTIFIER, TOOLS = "headsup_order_events", "headsup_notifier", "headsup_tools"


def statements() -> list[str]:
    """What the page has an administrator say."""
    (block,) = re.findall(r"```sql\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    return [one.strip() for one in block.split(";") if one.strip()]


async def prepared(server: EmbeddedPostgres) -> None:
    """Gives it the users and the database of the page."""
    administrator = await asyncpg.connect(server.url)
    for statement in statements():
        await administrator.execute(statement)
    await administrator.close()
    await migrate(server.url_of("headsup", "headsup"))


async def run(*words: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, list(words))
