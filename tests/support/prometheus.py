"""A real Prometheus that scrapes what a test starts, with our rules.

What the rules call four minutes is a second here: their windows, what they wait for before they
fire, and the times that they compare with. Their counts and shares are as they are written.
"""

import asyncio
import re
import shutil
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml

from deploy.alerts.rules import groups
from tests.fixtures.missing import missing
from tests.support.eventually import eventually
from tests.support.processes import free_port

EVERY = "1s"
"""Between two scrapes, and two looks at the rules."""
FASTER = 240
LEAST = 5.0
"""Seconds of a window: less holds too few scrapes for a rate on a busy machine."""
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WINDOW = re.compile(r"(?<=\[)\d+[smhd](?=\])|(?<=offset )\d+[smhd]")
_CONSTANT = re.compile(r"\b(180|300|3600|21600|86400|259200)\b")
"""Seconds in a query: of a time that is compared, or those of a window."""

_NOT_OURS = frozenset({"__name__", "alertstate", "job", "instance"})
"""Labels that say how Prometheus found it, and where."""
Labels = frozenset[tuple[str, str]]


@dataclass
class Prometheus:
    """A client of it."""

    client: httpx.AsyncClient
    since: float = field(default_factory=time.monotonic)
    """When nothing fired any more (monotonic): before its first scrape, for which it takes five
    seconds, all services are absent."""

    async def until_quiet(self) -> None:
        """Waits until nothing fires; what fired before does not count."""

        async def is_quiet() -> bool:
            return not await self.firing()

        await eventually(is_quiet, seconds=60)
        self.since = time.monotonic() + 1

    async def ask(self, query: str) -> list[Any]:
        """The samples that a query finds."""
        answer = await self.client.get("/api/v1/query", params={"query": query})
        answer.raise_for_status()
        found: list[Any] = answer.json()["data"]["result"]
        return found

    async def finds(self, query: str) -> bool:
        """Whether it finds any."""
        return bool(await self.ask(query))

    async def firing(self) -> set[tuple[str, str]]:
        """The alerts that fire, each with its service, where it has one."""
        answer = await self.client.get("/api/v1/alerts")
        return {
            (alert["labels"]["alertname"], alert["labels"].get("service", ""))
            for alert in answer.raise_for_status().json()["data"]["alerts"]
            if alert["state"] == "firing"
        }

    async def has_fired(self, labels: Labels) -> bool:
        """Whether an alert with exactly these labels fired since nothing did."""
        window = max(1, int(time.monotonic() - self.since))
        found = await self.ask(f'last_over_time(ALERTS{{alertstate="firing"}}[{window}s])')
        return labels in {_labels(sample["metric"]) for sample in found}

    async def fires(self, labels: Labels) -> bool:
        """Whether an alert with exactly these labels fires now."""
        answer = await self.client.get("/api/v1/alerts")
        alerts = answer.raise_for_status().json()["data"]["alerts"]
        return any(labels == _labels(a["labels"]) for a in alerts if a["state"] == "firing")

    async def unhealthy(self) -> list[str] | None:
        """The rules that it could not evaluate; None while it has not tried all."""
        answer = await self.client.get("/api/v1/rules")
        rules = [r for g in answer.raise_for_status().json()["data"]["groups"] for r in g["rules"]]
        if any(rule["health"] == "unknown" for rule in rules):
            return None
        return [f"{rule['name']}: {rule['lastError']}" for rule in rules if rule["health"] != "ok"]

    async def is_ready(self) -> bool:
        """Whether it serves."""
        try:
            return (await self.client.get("/-/ready")).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def sooner(query: str) -> str:
    """The query, `FASTER` times as fast."""
    query = _WINDOW.sub(lambda found: _duration(_sooner(_seconds(found[0]))), query)
    return _CONSTANT.sub(lambda found: f"{_sooner(int(found[0])):g}", query)


def _sooner(seconds: float) -> float:
    return max(LEAST, seconds / FASTER)


def _seconds(duration: str) -> int:
    return int(duration[:-1]) * _SECONDS[duration[-1]]


def _duration(seconds: float) -> str:
    return f"{int(seconds * 1000)}ms"


def _labels(found: Mapping[str, str]) -> Labels:
    return frozenset((n, v) for n, v in found.items() if n not in _NOT_OURS)


@asynccontextmanager
async def prometheus(folder: Path, targets: Sequence[str]) -> AsyncIterator[Prometheus]:
    """Runs it in `folder` until the block ends, with our rules."""
    binary = shutil.which("prometheus")
    if binary is None:
        missing("there is no prometheus: it is Debian's package of that name")
    rules = yaml.safe_load(yaml.safe_dump(groups()))
    for rule in (rule for group in rules for rule in group["rules"]):
        rule["expr"] = sooner(rule["expr"])
        if "for" in rule:
            rule["for"] = _duration(max(1.0, _seconds(rule["for"]) / FASTER))
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": rules}), "utf-8")
    config = {
        "global": {"scrape_interval": EVERY, "evaluation_interval": EVERY},
        "rule_files": ["rules.yaml"],
        "scrape_configs": [{"job_name": "headsup", "static_configs": [{"targets": [*targets]}]}],
    }
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config), "utf-8")
    address = f"127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        binary,
        f"--config.file={folder / 'prometheus.yaml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--log.level=error",
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            running = Prometheus(client)
            await eventually(running.is_ready)
            yield running
    finally:
        process.terminate()
        await process.wait()
