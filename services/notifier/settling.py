"""The ledger, from the side where results come back: those that count, those that came late, and
the evidence of both."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from headsup.contracts.channels import Channel
from services.notifier.attempts import Result, State
from services.notifier.deadlines import DEAF, Deadlines
from services.notifier.ledger import Transaction
from services.notifier.line import is_sending, waits_in_line

SETTLE = f"""
    UPDATE notifier.notifications AS n
    SET state = CASE WHEN n.provider_ref IS NULL THEN r.state ELSE '{State.SENT}' END,
        provider_ref = coalesce(n.provider_ref, r.provider_ref),
        reason = CASE WHEN n.provider_ref IS NULL THEN r.reason END,
        code = CASE WHEN n.provider_ref IS NULL THEN r.code END,
        sender = r.sender, retries = n.retries + r.retry,
        due_at = now() + make_interval(secs => r.wait), changed_at = r.at,
        receipt_by = CASE WHEN r.state = '{State.SENT}' OR n.provider_ref IS NOT NULL
                          THEN now() + make_interval(secs => r.awaited) END,
        held_for = CASE WHEN r.state = '{State.PLANNED}' THEN r.held_for ELSE n.held_for END,
        tried_at = CASE WHEN r.in_doubt AND n.provider_ref IS NULL THEN n.tried_at END,
        words = CASE WHEN r.in_doubt AND n.provider_ref IS NULL AND r.state = '{State.PLANNED}'
                     THEN n.words END
    FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::integer[], $9::float8[], $10::timestamptz[], $11::boolean[],
                $12::text[], $13::float8[])
         AS r (id, attempt, state, provider_ref, reason, code, sender, retry, wait, at, in_doubt,
               held_for, awaited)
    WHERE n.id = r.id AND n.attempt = r.attempt AND {is_sending("n")}
    RETURNING n.id, n.attempt, n.state, n.provider_ref,
              EXISTS (SELECT FROM notifier.notifications AS later
                      WHERE later.order_id = n.order_id
                        AND later.source IS NOT DISTINCT FROM n.source
                        AND later.channel IS NOT DISTINCT FROM n.channel AND later.seq > n.seq
                        AND {waits_in_line("later")}) AS has_next
"""  # noqa: S608 - our own words
_SENT_AFTER_ALL = f"""
    UPDATE notifier.notifications AS n
    SET state = '{State.SENT}', provider_ref = r.provider_ref, reason = NULL, code = NULL,
        sender = r.sender, changed_at = r.at, tried_at = NULL, words = NULL,
        receipt_by = now() + make_interval(secs => r.awaited)
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::float8[])
         AS r (id, provider_ref, sender, at, awaited)
    WHERE n.id = r.id AND n.state IN ('{State.PLANNED}', '{State.UNKNOWN}')
    RETURNING n.id
"""  # noqa: S608 - our own words
_WILL_BE_SENT = f"""
    UPDATE notifier.notifications AS n SET provider_ref = r.provider_ref
    FROM unnest($1::text[], $2::text[]) AS r (id, provider_ref)
    WHERE n.id = r.id AND {is_sending("n")} AND n.provider_ref IS NULL
"""  # noqa: S608 - our own word
_PROVE = """
    INSERT INTO notifier.attempts
           (notification_id, attempt, sender, state, reason, code, provider_ref, counted)
    SELECT * FROM unnest($1::text[], $2::integer[], $3::text[], $4::text[], $5::text[],
                         $6::text[], $7::text[], $8::boolean[])
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of results."""

    counted: list[Result]
    """Those that moved their notification; what is written of them."""
    late: list[Result]
    """Those of attempts that were not the newest any more."""
    freed: set[Channel]
    """Where the next message of an order was waiting for one of them."""


async def settle(
    transaction: Transaction, results: Sequence[Result], deadlines: Deadlines = DEAF
) -> Settled:
    """Writes results. One counts while its attempt is the newest; one that came late counts all the
    same when it says that the message was sent and nobody knew."""
    rows = await transaction.connection.fetch(
        SETTLE, *_columns(results), [_awaited_for(r, deadlines) for r in results]
    )
    written = {(row["id"], row["attempt"]): row for row in rows}
    counted, late, freed = [], [], set[Channel]()
    for result in results:
        row = written.get((result.claimed.id, result.claimed.attempt))
        if row is None:
            late.append(result)
            continue
        counted.append(_as_written(result, row["state"], row["provider_ref"]))
        if row["has_next"] and row["state"] != State.PLANNED:
            freed.add(result.claimed.address.channel)
    after_all = await _sent_after_all(transaction, late, deadlines)
    await _prove(transaction, counted, late)
    return Settled(counted + after_all, late, freed)


def _awaited_for(result: Result, deadlines: Deadlines) -> float | None:
    """Seconds for which a receipt is awaited, if it was sent."""
    claimed = result.claimed
    return deadlines.wait(claimed.request.kind, claimed.address.channel)


def _columns(results: Sequence[Result]) -> tuple[list[object], ...]:
    return (
        [r.claimed.id for r in results],
        [r.claimed.attempt for r in results],
        [r.state for r in results],
        [r.provider_ref for r in results],
        [r.reason for r in results],
        [r.code for r in results],
        [r.sender for r in results],
        [int(r.is_retry) for r in results],
        [r.wait for r in results],
        [r.at for r in results],
        [r.in_doubt for r in results],
        [r.held_for for r in results],
    )


def _as_written(result: Result, state: str, provider_ref: str | None) -> Result:
    """The provider may have told somebody else that it has the message: then that is what it is."""
    if (state, provider_ref) == (result.state, result.provider_ref):
        return result
    return replace(
        result,
        state=State(state),
        provider_ref=provider_ref,
        reason=None,
        code=None,
        falls_back=False,
        address_is_bad=False,
    )


async def _sent_after_all(
    transaction: Transaction, late: Sequence[Result], deadlines: Deadlines
) -> list[Result]:
    """Late results by which a message turns out to be sent. While somebody else is about to send it
    once more, it is noted, and counts when that ends."""
    sent = [r for r in late if r.state is State.SENT]
    if not sent:
        return []
    ids, refs = [r.claimed.id for r in sent], [r.provider_ref for r in sent]
    senders, moments = [r.sender for r in sent], [r.at for r in sent]
    awaited = [_awaited_for(r, deadlines) for r in sent]
    rows = await transaction.connection.fetch(_SENT_AFTER_ALL, ids, refs, senders, moments, awaited)
    await transaction.connection.execute(_WILL_BE_SENT, ids, refs)
    moved = {row["id"] for row in rows}
    return [r for r in sent if r.claimed.id in moved]


async def _prove(
    transaction: Transaction, counted: Sequence[Result], late: Sequence[Result]
) -> None:
    """Keeps what is not seen on the notification itself: every attempt but one that succeeded at
    once, and what came late."""
    kept = [(r, True) for r in counted if r.was_called and not r.succeeded_at_once]
    kept += [(r, False) for r in late if r.was_called]
    if not kept:
        return
    await transaction.connection.execute(
        _PROVE,
        [r.claimed.id for r, _ in kept],
        [r.claimed.attempt for r, _ in kept],
        [r.sender for r, _ in kept],
        [r.state for r, _ in kept],
        [r.reason for r, _ in kept],
        [r.code for r, _ in kept],
        [r.provider_ref for r, _ in kept],
        [counts for _, counts in kept],
    )
