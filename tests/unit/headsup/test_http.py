"""The web side of a service."""

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from headsup import http
from headsup.health import Health


async def test_it_serves_metrics_and_its_state() -> None:
    registry, health = CollectorRegistry(), Health()
    Counter("headsup_things", "Things.", registry=registry).inc()
    app = http.application(health, registry)
    async with (
        http.serving(app, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert "headsup_things_total 1.0" in (await client.get("/metrics")).text
        assert (await client.get("/livez")).status_code == 200
        starting = await client.get("/readyz")
        assert starting.status_code == 503
        assert starting.json() == {"ok": False, "problems": ["start: still starting"]}
        health.ready()
        assert (await client.get("/readyz")).status_code == 200


async def test_a_port_in_use_is_named() -> None:
    app = http.application(Health(), CollectorRegistry())
    async with http.serving(app, "127.0.0.1", 0) as port:
        with pytest.raises(OSError, match=f"HTTP_PORT {port}"):
            async with http.serving(app, "127.0.0.1", port):
                pass
