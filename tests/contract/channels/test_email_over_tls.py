"""Mail over TLS: the dialogue goes on over the encrypted connection that aiosmtplib opened."""

import asyncio
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest
import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from services.notifier.channels import BadConfigurationError, EmailSender, SendError, SmtpServer
from tests.unit.services.notifier.channels.mails import mail

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
OPENSSL = shutil.which("openssl") or ""
CERTIFICATE = (
    *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
    *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"),
)


@dataclass(slots=True)
class _Post:
    """Takes every mail, and keeps whether it came over TLS."""

    groups: bool
    """Whether it says that it takes commands in groups."""
    encrypted: list[bool] = field(default_factory=list)
    strikes_out: str = "nothing"
    """What somebody on the way takes out of what the server offers."""

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, said: list[str]
    ) -> list[str]:
        session.host_name = name
        offered = [*said[:-1], *(["250-PIPELINING"] if self.groups else []), said[-1]]
        return [line for line in offered if self.strikes_out not in line]

    async def handle_DATA(self, server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        transport = cast("asyncio.Transport", server.transport)
        self.encrypted.append(transport.get_extra_info("sslcontext") is not None)
        return "250 2.0.0 OK"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place of a key and a certificate of this machine, made for this test."""
    if not OPENSSL:
        reason = "openssl, which makes a certificate for the test, is not installed"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    place = tmp_path_factory.mktemp("certificate")
    subprocess.run([OPENSSL, *CERTIFICATE], cwd=place, check=True, capture_output=True)
    return place


@asynccontextmanager
async def _server(place: Path, post: _Post, *, implicit: bool) -> AsyncIterator[SmtpServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(place / "cert.pem", place / "key.pem")
    more: dict[str, Any] = (
        {}
        if implicit
        else {"tls_context": context, "require_starttls": post.strikes_out == "nothing"}
    )
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(post, loop=asyncio.get_running_loop(), **more),
        "127.0.0.1",
        0,
        ssl=context if implicit else None,
    )
    port = server.sockets[0].getsockname()[1]
    try:
        yield SmtpServer(host="127.0.0.1", port=port, use_tls=implicit, start_tls=not implicit)
    finally:
        server.close()


async def _send_two(place: Path, *, implicit: bool, groups: bool) -> list[bool]:
    post = _Post(groups)
    async with _server(place, post, implicit=implicit) as address:
        sender = EmailSender(address, local_hostname="notifier", timeout=5.0)
        try:
            await sender.send(mail())
            await sender.send(mail())
        finally:
            await sender.close()
    return post.encrypted


async def _refused(place: Path, *, shown: bool) -> tuple[SendError, list[bool]]:
    """What comes of a server that shows a certificate of nobody's, or none though it is asked for
    a password."""
    post = _Post(groups=True, strikes_out="nothing" if shown else "STARTTLS")
    async with _server(place, post, implicit=shown) as address:
        sender = EmailSender(address, local_hostname="notifier", timeout=5.0)
        with pytest.raises(SendError) as caught:
            await sender.send(mail())
        await sender.close()
    return caught.value, post.encrypted


def _run(loop: Callable[[], asyncio.AbstractEventLoop], work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(work)


@pytest.mark.parametrize("groups", [True, False], ids=["in groups", "one by one"])
@pytest.mark.parametrize("implicit", [True, False], ids=["smtps", "STARTTLS"])
@pytest.mark.parametrize("loop", LOOPS)
def test_mails_go_over_tls(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, loop: str, implicit: bool, groups: bool
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    sent = _send_two(certificate, implicit=implicit, groups=groups)
    assert _run(LOOPS[loop], sent) == [True, True]


@pytest.mark.parametrize("shown", [True, False], ids=["untrusted", "STARTTLS struck out"])
@pytest.mark.parametrize("loop", LOOPS)
def test_no_mail_goes_where_nobody_vouches_for_the_server(
    certificate: Path, loop: str, shown: bool
) -> None:
    error, taken = _run(LOOPS[loop], _refused(certificate, shown=shown))
    assert isinstance(error, BadConfigurationError)
    assert taken == []
