"""Apache Kafka itself: one KRaft node on loopback, run from the jars that Maven resolves."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from sandbox.parts.broker import Broker
from sandbox.parts.places import free_port
from sandbox.parts.process import Command, PartUnavailableError

_POM = Path(__file__).parent / "kafka" / "pom.xml"
_VERSION = re.compile(r"<artifactId>kafka_[^<]*</artifactId>\s*<version>([^<]+)<")
_BUILD = Path(__file__).parents[2] / "build" / "kafka"
_QUIET = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
_INSTALL = "on Debian: apt-get install default-jre-headless maven"
_OLDEST_JAVA = 17


class RealKafka(Broker):
    """Apache Kafka; ready in about three seconds."""

    name: ClassVar[str] = "Apache Kafka"
    formatted_with: ClassVar[Sequence[str]] = ()
    """What else Kafka's own tool is told when the data directory is new."""

    def command(self, work: Path, data: Path, port: int) -> Command:
        """Java on the jars, after the data directory was formatted when it is new."""
        classpath = f"{resolve_jars()}/*"
        settings = work / "server.properties"
        written = self.settings(data, port, free_port())
        settings.write_text("".join(f"{name}={value}\n" for name, value in written.items()))
        if not (data / "meta.properties").exists():
            _format(classpath, settings, self.formatted_with)
        java = ["java", "-Xmx512m", _QUIET, "-cp", classpath, "kafka.Kafka", str(settings)]
        return Command(java, log=work / "log", grace_seconds=20, remove=[work])

    def settings(self, data: Path, port: int, controller_port: int) -> dict[str, object]:
        """server.properties. A subclass may say more."""
        return _settings(data, port, controller_port)


def version() -> str:
    """Of Apache Kafka."""
    found = _VERSION.search(_POM.read_text(encoding="utf-8"))
    return found[1] if found else "unknown"


def resolve_jars(build: Path = _BUILD) -> Path:
    """The directory with Kafka's jars, filled by Maven the first time.

    It is named after the content of the pom, so another version is another directory. Raises
    PartUnavailableError when Java or Maven is missing or Maven cannot get the jars.
    """
    _need_java()
    jars = build / hashlib.sha256(_POM.read_bytes()).hexdigest()[:12]
    if jars.exists():
        return jars
    maven = shutil.which("mvn")
    if maven is None:
        raise PartUnavailableError(f"Maven, which gets Kafka's jars, is not installed; {_INSTALL}")
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as half_done:
        _copy_dependencies(maven, Path(half_done) / "jars")
        _put_in_place(Path(half_done) / "jars", jars)
    return jars


def _need_java() -> None:
    """Raises PartUnavailableError unless there is a Java that can run Kafka 4 (17 or newer)."""
    java = shutil.which("java")
    if java is None:
        raise PartUnavailableError(f"Java, which Kafka needs, is not installed; {_INSTALL}")
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    words = said.split('"')  # openjdk version "17.0.15" 2025-04-15
    major = words[1].split(".")[0] if len(words) > 1 else ""
    if not major.isdecimal() or int(major) < _OLDEST_JAVA:
        raise PartUnavailableError(f"Kafka needs Java {_OLDEST_JAVA}, not {said!r}; {_INSTALL}")


def _copy_dependencies(maven: str, into: Path) -> None:
    words = [maven, "-q", "-B", "-f", str(_POM), "dependency:copy-dependencies"]
    words += [f"-DoutputDirectory={into}", "-DincludeScope=runtime"]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise PartUnavailableError(f"Maven could not get Kafka's jars:\n{answer.stdout[-2000:]}")


def _put_in_place(made: Path, jars: Path) -> None:
    try:
        made.rename(jars)
    except OSError:
        if not jars.exists():  # otherwise somebody else was faster
            raise


def _format(classpath: str, settings: Path, more: Sequence[str]) -> None:
    tool = ["kafka.tools.StorageTool", "format", "-t", _new_id(), "-c", str(settings)]
    words = ["java", _QUIET, "-cp", classpath, *tool, *more]
    answer = subprocess.run(words, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise PartUnavailableError(f"Kafka could not format its data directory:\n{answer.stderr}")


def _new_id() -> str:
    """As Kafka's own tool makes them, by which one cluster is told from another: 16 bytes."""
    return base64.urlsafe_b64encode(b"\x2e" + os.urandom(15)).decode().rstrip("=")


def _settings(data: Path, port: int, controller_port: int) -> dict[str, object]:
    """Defaults, except what one node, loopback and impatient tests need."""
    return {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{controller_port}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        # One node has one replica of everything.
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        # A small machine.
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        # A broker that was killed may not come back before its last session has ended.
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
        # Tests: a group starts at once, and a dead member may be missed after one second.
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
    }


def _main() -> int:
    """`python -m sandbox.parts.kafka_real`: have the jars in place."""
    try:
        resolve_jars()
    except PartUnavailableError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_UNAVAILABLE
    return os.EX_OK


if __name__ == "__main__":
    sys.exit(_main())
