"""The web side of a service."""

import socket

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.types import Receive, Scope, Send

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


async def test_no_answer_waits_for_the_acknowledgement_of_its_head() -> None:
    without_delay: list[int] = []

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        own: socket.socket = send.__self__.transport.get_extra_info("socket")  # type: ignore[attr-defined]
        without_delay.append(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async with (
        http.serving(app, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert (await client.get("/")).status_code == 204
    assert without_delay == [1]


async def test_a_head_that_is_too_long_is_refused_though_it_came_whole() -> None:
    app = http.application(Health(), CollectorRegistry())
    async with (
        http.serving(app, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        long = await client.get("/livez", headers={"x": "y" * 16_384})
        assert (long.status_code, long.headers["connection"]) == (431, "close")
        assert (await client.get("/livez?" + "y" * 16_384)).status_code == 431
        assert (await client.get("/livez", headers={"x": "y" * 16_000})).status_code == 200


async def test_an_upgrade_that_a_stranger_asks_for_is_nothing_to_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = http.application(Health(), CollectorRegistry())
    wished = {"connection": "Upgrade", "upgrade": "websocket"}
    async with (
        http.serving(app, "127.0.0.1", 0) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        assert (await client.get("/livez", headers=wished)).status_code == 200
    assert not [record for record in caplog.records if record.name == "uvicorn.error"]
