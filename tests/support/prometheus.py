"""A real Prometheus that scrapes what a test starts, with our rules."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from deploy.alerts.rules import groups
from tests.support.eventually import eventually
from tests.support.processes import free_port

EVERY = "1s"
"""Between two scrapes, and two looks at the rules; what an alert waits for before it fires, too."""


@dataclass
class Prometheus:
    """A client of it."""

    client: httpx.AsyncClient

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


@asynccontextmanager
async def prometheus(folder: Path, targets: Sequence[str]) -> AsyncIterator[Prometheus]:
    """Runs it in `folder` until the block ends. The rules are ours, but that they fire at once."""
    binary = shutil.which("prometheus")
    assert binary is not None
    rules = yaml.safe_load(yaml.safe_dump(groups()))
    for rule in (rule for group in rules for rule in group["rules"]):
        if "for" in rule:
            rule["for"] = EVERY
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
