"""What is known of an attempt is written, whatever the database thinks of it, and by whom it was
made before anybody makes it again."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any, cast

from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.channels import MemorySender
from services.notifier.hand import FRESH
from services.notifier.rest import BROKEN_IN_A_ROW
from tests.support.eventually import eventually
from tests.support.gate import Gate
from tests.support.health import Turns
from tests.support.notifier import Rig, requested, withdrawn
from tests.support.stand_ins import Senders


class Odd(MemorySender[Any]):
    """A provider whose first name for a message is none that a database takes."""

    async def send(self, message: Any) -> str:
        name = await super().send(message)
        return "\0" if len(self.sent) == 1 else name


async def test_a_result_that_the_database_refuses_is_written_without_what_it_refuses(
    rig: Rig,
) -> None:
    rig.senders.email = Odd(Channel.EMAIL)
    async with rig.running():
        await rig.emit(*(requested(name, order_id=name) for name in ("r1", "r2", "r3")))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT, "r3.0": State.SENT})
    refs = await rig.pool.fetch("SELECT provider_ref FROM notifier.notifications")
    assert sorted(row[0] or "" for row in refs) == ["", "memory-2", "memory-3"]
    assert len(rig.senders.email.sent) == 3


REFUSING = """
    CREATE FUNCTION notifier.refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON notifier.notifications
    FOR EACH ROW WHEN (NEW.state = 'sent') EXECUTE FUNCTION notifier.refuse();
"""


async def test_a_database_that_refuses_all_results_stops_the_line_and_costs_none(rig: Rig) -> None:
    names = [f"r{n:02}" for n in range(BROKEN_IN_A_ROW + 2)]
    await rig.pool.execute(REFUSING)
    async with rig.running():
        await rig.emit(*(requested(name, order_id=name) for name in names))
        await eventually(partial(_lacks, rig, "results: results cannot be written"))
        await rig.pool.execute("DROP FUNCTION notifier.refuse CASCADE")
        await rig.until({f"{name}.0": State.SENT for name in names})
        assert not await _lacks(rig, "results: results cannot be written")
    assert len(rig.senders.email.sent) == len(names)


async def _lacks(rig: Rig, what: str) -> bool:
    return what in rig.health.not_ready()


async def test_after_an_outage_what_was_sent_is_written_before_anybody_takes_it_over(
    rig: Rig,
) -> None:
    other = replace(rig, senders=Senders(), instance="two", health=(turns := Turns()))
    gates = [Gate(rig.pool), Gate(rig.pool)]
    rig.senders.email.hold()
    async with rig.running(pool=cast("Any", gates[0])):
        await rig.emit(requested("r1"))
        await rig.until_called(rig.senders.email)
        async with other.running(pool=cast("Any", gates[1])):
            for gate in gates:
                gate.is_shut = True
            rig.senders.email.release()
            await eventually(partial(rig.shows, "writes_failed_total", 1))
            await turns.more("email lane", 2)
            await rig.lease_runs_out()
            gates[1].is_shut = False
            await turns.more("email lane", 2)
            gates[0].is_shut = False
            await rig.until({"r1.0": State.SENT})
    assert (len(rig.senders.email.sent), len(other.senders.email.sent)) == (1, 0)


async def test_news_that_is_withdrawn_while_it_waits_for_its_turn_is_not_sent(rig: Rig) -> None:
    turns = rig.settings.providers.connections[Channel.EMAIL]
    names = [f"r{n}" for n in range(turns + 1)]
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(*(requested(name, order_id=name) for name in names))
        await rig.until({f"{name}.0": State.SENDING for name in names})
        await eventually(partial(_has_passed, asyncio.get_running_loop().time() + FRESH))
        await rig.emit(*map(withdrawn, names))
        await eventually(partial(_remembers, rig, len(names)))
        rig.senders.email.release()

        async def all_at_rest() -> bool:
            return set((await rig.states()).values()) == {"sent", "withdrawn"}

        await eventually(all_at_rest)
    assert len(rig.senders.email.sent) == turns


async def _has_passed(moment: float) -> bool:
    return asyncio.get_running_loop().time() > moment


async def _remembers(rig: Rig, count: int) -> bool:
    return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.withdrawals") == count)
