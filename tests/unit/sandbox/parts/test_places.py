"""Ports and directories."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from sandbox.parts.places import MEMORY, can_reach, free_port, is_free, new_directory

_STRANGER = 65_534


def test_a_free_port_can_be_listened_on() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        port = server.getsockname()[1]
        assert port < 32_768
        assert not is_free(port)
    assert is_free(port)


def test_a_stranger_does_not_get_through_a_closed_directory(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inside").mkdir(parents=True)
    closed.chmod(0o700)
    assert not can_reach(closed / "inside", _STRANGER)
    assert can_reach(closed / "inside", os.geteuid())


def test_a_directory_for_sockets_is_short_however_deep_the_temporary_one_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    directory = new_directory()
    try:
        assert len(str(directory / ".s.PGSQL.5432")) < 100
        assert directory.stat().st_mode & 0o777 == 0o700
    finally:
        directory.rmdir()


@pytest.mark.skipif(not MEMORY.is_dir(), reason="this system has no such place")
@pytest.mark.parametrize(("free", "is_there"), [(2 << 30, True), (1 << 20, False)])
def test_a_directory_in_memory_is_on_disk_where_memory_is_short(
    monkeypatch: pytest.MonkeyPatch, free: int, is_there: bool
) -> None:
    usage = shutil.disk_usage("/")._replace(free=free)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    directory = new_directory(in_memory=True)
    directory.rmdir()
    assert (directory.parent == MEMORY) is is_there
