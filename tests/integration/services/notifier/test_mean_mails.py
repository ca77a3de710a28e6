"""Mean mails to an address that is ours, as a mail server brings those that come back: each is
taken or refused, nothing of it is logged, and nobody but the customer it is about is concerned."""

import random
from collections.abc import Iterator
from typing import Final

import aiosmtplib
import pytest

from services.notifier.attempts import State
from tests.integration.services.notifier.test_returned_mails import SAMPLES, opened, to
from tests.support.logged import logged
from tests.support.mean import CANARY, TRICKS
from tests.support.notifier import Rig, requested

MANY: Final = (
    100,
    pytest.param(1_000, marks=[pytest.mark.slow, pytest.mark.timeout(600)]),
)
ANSWERS: Final = frozenset({250, 500, 552})
"""Taken; a line that is too long; a mail that is."""


def _mean_mails(count: int) -> Iterator[bytes]:
    chance = random.Random(8)  # noqa: S311 - the same ones every time
    samples = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]
    for _ in range(count):
        lines = chance.choice(samples).split(b"\n") or [b""]
        for _ in range(chance.randrange(4)):
            at = chance.randrange(len(lines))
            match chance.randrange(7):
                case 0:
                    lines = [*lines[: at + 1]]
                case 1:
                    lines[at] = lines[at].partition(b":")[0] + b": " + _trick(chance)
                case 2:
                    lines.insert(at, _trick(chance) + b": " + _trick(chance))
                case 3:
                    lines[at : at + 1] = [lines[at]] * chance.choice((2, 600))
                case 4:
                    lines[at] = chance.randbytes(chance.randrange(900)).replace(b"\n", b"")
                case 5:
                    lines.insert(at, b"Content-Type: multipart/report; boundary=" + _trick(chance))
                case _:
                    lines[at] = lines[at] * chance.choice((0, 3, 5_000))
        yield b"\r\n".join(line.rstrip(b"\r") for line in lines)


def _trick(chance: random.Random) -> bytes:
    trick = f"{chance.choice(TRICKS)[:500]}{chance.choice(('', CANARY))}"
    return trick.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("count", MANY)
async def test_mean_mails_to_an_address_of_ours_do_no_harm(rig: Rig, count: int) -> None:
    codes = set()
    with logged() as written:
        async with rig.running(), opened(rig.receipts) as port:
            await rig.emit(requested("r1"))
            await rig.until({"r1.0": State.SENT})
            async with port.dialogue() as smtp:
                for mail in _mean_mails(count):
                    codes.add(await _brought(smtp, mail))
            await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    assert codes <= ANSWERS
    assert port.counted("failed", "moved") == 1
    query = "SELECT address FROM notifier.suppressions"
    kept = {row["address"] for row in await rig.pool.fetch(query)}
    assert kept <= {"email:oksana@mail.example"}
    said = written.getvalue()
    assert not [word for word in (CANARY, "Traceback", "oksana@", "bounces+") if word in said]


async def _brought(smtp: aiosmtplib.SMTP, mail: bytes) -> int:
    await smtp.mail("")
    await smtp.rcpt(to("r1.0"))
    try:
        return (await smtp.data(mail)).code
    except aiosmtplib.SMTPDataError as error:
        return error.code
    finally:
        await smtp.rset()
