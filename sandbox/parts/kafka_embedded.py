"""A broker in one small binary, from the wheel `noida-db`: for the demo and the fast tests.

It is no place for load, nor for tests that kill a member of a consumer group (DESIGN, "Parts").
"""

import importlib.util
import signal
import stat
from pathlib import Path
from typing import ClassVar

from sandbox.parts.broker import Broker
from sandbox.parts.process import Command, PartUnavailableError


class EmbeddedKafka(Broker):
    """The embedded broker; ready in a tenth of a second."""

    name: ClassVar[str] = "The embedded Kafka"

    def command(self, work: Path, data: Path, port: int) -> Command:
        """The binary itself: the script beside it does not pass signals on."""
        words = [str(_binary()), "start", "--only", "kafka"]
        words += ["--kafka-port", str(port), "--data-dir", str(data)]
        return Command(words, log=work / "log", stop_signal=signal.SIGINT, remove=[work])


def _binary() -> Path:
    found = importlib.util.find_spec("noida_db")
    if found is None or not found.submodule_search_locations:
        raise PartUnavailableError("the package noida-db is missing: run make setup")
    binary = Path(found.submodule_search_locations[0]) / "noida-db"
    if not binary.stat().st_mode & stat.S_IXUSR:
        binary.chmod(0o755)
    return binary
