"""Where somebody's words still stand: in any column of any table, or in any record of a topic."""

from typing import Any

from tests.support.reading import TopicReader


def holds(value: Any, marks: tuple[str, ...]) -> bool:
    """Whether a value holds one of these words, in whatever form it is kept."""
    if isinstance(value, bytes):
        value = value.decode(errors="replace")
    if isinstance(value, list | tuple | set):
        return any(holds(each, marks) for each in value)
    text = str(value)
    return any(mark in text for mark in marks)


async def columns_with(connection: Any, schema: str, *marks: str) -> set[str]:
    """The columns, with their tables, in which one of these words stands."""
    tables = await connection.fetch(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = $1", schema
    )
    found = set()
    for (table,) in tables:
        for row in await connection.fetch(f'SELECT * FROM {schema}."{table}"'):  # noqa: S608
            found |= {f"{table}.{name}" for name, v in row.items() if holds(v, marks)}
    return found


async def records_with(servers: str, topic: str, *marks: str) -> int:
    """How many records of a topic hold one of these words."""
    async with TopicReader(servers, topic) as reader:
        records = list(await reader.all_now())
    return sum(holds([r.key, r.value, *r.headers], marks) for r in records)
