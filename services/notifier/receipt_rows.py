"""The ledger, from the side where receipts come in: what is known of the notifications that they
are about, and what becomes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested, OutcomeStatus, Reason
from headsup.kafka.producer import Outgoing
from services.notifier.attempts import STATUS, State
from services.notifier.deadlines import DEAF, Deadlines
from services.notifier.fallback import Fallen
from services.notifier.outcomes import Ending, named_in, outcome
from services.notifier.people import Address
from services.notifier.person_rows import COLUMNS, JOINS, person_in
from services.notifier.receipts import Receipt, Standing, Word
from services.notifier.sealed_rows import expect_clear_in
from services.notifier.suppressions import Place, Suppression

_LOCK = f"""
    SELECT n.id, n.request_id, n.route, n.channel, n.address, n.language, n.state, n.receipt,
           n.provider_ref, n.sender, n.receipt_by, n.overdue_at,
           r.source, r.order_id, r.customer_id, r.kind, r.cart, r.request, r.expires_at,
           {COLUMNS},
           EXISTS (SELECT FROM notifier.withdrawals AS w WHERE w.request_id = n.request_id)
               AS is_withdrawn
    FROM notifier.notifications AS n
    JOIN notifier.requests AS r ON r.id = n.request_id
    {JOINS}
    WHERE n.id = ANY($1::text[]) ORDER BY n.id
    FOR UPDATE OF n
"""  # noqa: S608 - our own words
_MOVE = f"""
    UPDATE notifier.notifications AS n
    SET state = r.state, receipt = r.word, provider_ref = coalesce(r.provider_ref, n.provider_ref),
        reason = CASE WHEN r.state = n.state AND r.state <> '{State.FAILED}'
                      THEN n.reason ELSE r.reason END,
        code = CASE WHEN r.state = n.state AND r.state <> '{State.FAILED}'
                    THEN n.code ELSE r.code END,
        changed_at = CASE WHEN r.state = n.state THEN n.changed_at ELSE $7 END,
        receipt_by = CASE WHEN r.state = '{State.SENT}' AND n.overdue_at IS NULL
                          THEN coalesce(n.receipt_by, now() + make_interval(secs => r.awaited)) END,
        tried_at = NULL, words = NULL
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $8::float8[]) AS r (id, state, word, provider_ref, reason, code, awaited)
    WHERE n.id = r.id
"""  # noqa: S608 - our own word
_TAKE_BACK = f"""
    UPDATE notifier.notifications AS n
    SET state = '{State.WITHDRAWN}', reason = '{Reason.SUPERSEDED}', changed_at = $4
    FROM unnest($1::text[], $2::smallint[], $3::text[]) AS arrived (request_id, route, id),
         notifier.requests AS r
    WHERE n.request_id = arrived.request_id AND n.route = arrived.route AND n.id <> arrived.id
      AND n.state = '{State.PLANNED}' AND n.tried_at IS NULL AND r.id = n.request_id
    RETURNING n.id, n.request_id, n.channel, n.language, r.source, r.order_id, r.customer_id,
              r.kind, r.cart
"""  # noqa: S608 - our own words

_MAY_FALL_BACK: Final = frozenset({State.SENT, State.SENDING, State.PLANNED, State.UNKNOWN})
"""Where another channel takes over from: the others were ended on purpose, or have one already."""

_requests = msgspec.json.Decoder(NotificationRequested)


@dataclass(frozen=True, slots=True)
class Entry:
    """A notification as the ledger has it, locked until the end of the transaction."""

    row: Any

    @property
    def id(self) -> str:
        """The notification's."""
        return str(self.row["id"])

    @property
    def channel(self) -> Channel:
        """By which it went."""
        return Channel(self.row["channel"])

    @property
    def address(self) -> Address:
        """Where it went."""
        return Address(self.channel, self.row["address"])

    @property
    def place(self) -> Place:
        """The address, as suppressions name it."""
        return (self.row["source"], self.address.key)

    @property
    def standing(self) -> Standing:
        """What receipts look at."""
        return Standing(
            state=State(self.row["state"]),
            word=Word(self.row["receipt"]) if self.row["receipt"] else None,
            provider_ref=self.row["provider_ref"],
        )

    def awaited_for(self, deadlines: Deadlines) -> float | None:
        """Seconds for which a receipt is awaited; None where none is."""
        if self.row["kind"] not in set(Kind):
            return None
        return deadlines.wait(Kind(self.row["kind"]), self.channel)

    def fallen(self, now: datetime) -> Fallen | None:
        """What another channel takes over, while the news is young and nobody took it back."""
        row = self.row
        if row["is_withdrawn"] or now >= row["expires_at"]:
            return None
        try:
            request = _requests.decode(row["request"])
            person = person_in(row)
        except msgspec.MsgspecError as error:
            expect_clear_in(row)
            logs.logger().error("a notification cannot be read", error=error)
            return None
        return Fallen(
            notification_id=self.id,
            source=row["source"],
            request_id=row["request_id"],
            route=row["route"],
            channel=self.channel,
            language=row["language"],
            request=request,
            person=person,
            at=now,
        )


@dataclass(frozen=True, slots=True)
class Move:
    """What receipts come to for one notification."""

    entry: Entry
    after: Standing
    receipt: Receipt
    """The furthest of them."""

    @property
    def _moved(self) -> bool:
        return self.after.state is not self.entry.standing.state

    @property
    def arrived_after_all(self) -> bool:
        """It had been given up, because it failed or because nobody heard of it."""
        if not self._moved or self.after.state is not State.DELIVERED:
            return False
        is_overdue = self.entry.row["overdue_at"] is not None
        return is_overdue or self.entry.standing.state is State.FAILED

    @property
    def address_is_bad(self) -> bool:
        """Whether nothing is to be sent to that address any more. A report about a mailbox to which
        the customer's own forwards says nothing about the customer's own."""
        failure, named = self.after.failure, self.receipt.recipients
        if failure is None or not failure.address_is_bad:
            return False
        return not named or self.entry.address.value.lower() in named

    def suppression(self, now: datetime) -> Suppression:
        """The address, with why."""
        failure = self.after.failure
        return Suppression(
            source=self.entry.row["source"],
            address=self.entry.address.key,
            reason=failure.reason if failure else Reason.UNDELIVERED,
            code=failure.code if failure else None,
            since=now,
        )

    def fallen(self, now: datetime) -> Fallen | None:
        """What another channel takes over, because it failed."""
        if self.after.state is not State.FAILED or self.entry.standing.state not in _MAY_FALL_BACK:
            return None
        return self.entry.fallen(now)

    def outcome(self, now: datetime, prefix: str) -> Outgoing | None:
        """What is told; None when it is in the same state as before."""
        if not self._moved:
            return None
        failure = self.after.failure
        ending = Ending(
            status=STATUS[self.after.state],
            at=now,
            reason=failure.reason if failure else None,
            provider_ref=self.after.provider_ref,
        )
        return _outcome(self.entry.row, ending, prefix)


async def lock(connection: Any, ids: Collection[str]) -> dict[str, Entry]:
    """The notifications that there are of these, locked in one order."""
    rows = await connection.fetch(_LOCK, sorted(ids))
    return {row["id"]: Entry(row) for row in rows}


async def move(
    connection: Any, moves: Sequence[Move], now: datetime, deadlines: Deadlines = DEAF
) -> None:
    """Writes where they stand now. An attempt that is still under way finds that it is no longer
    wanted: its result is kept as evidence and changes nothing."""
    if moves:
        failures = [move.after.failure for move in moves]
        await connection.execute(
            _MOVE,
            [move.entry.id for move in moves],
            [move.after.state for move in moves],
            [move.after.word for move in moves],
            [move.after.provider_ref for move in moves],
            [failure.reason if failure else None for failure in failures],
            [failure.code if failure else None for failure in failures],
            now,
            [move.entry.awaited_for(deadlines) for move in moves],
        )


async def take_back(connection: Any, arrived: Sequence[Entry], now: datetime) -> Sequence[Any]:
    """Takes back what was to be sent instead of these, if nobody tried it yet; its rows."""
    if not arrived:
        return []
    rows: Sequence[Any] = await connection.fetch(
        _TAKE_BACK,
        [entry.row["request_id"] for entry in arrived],
        [entry.row["route"] for entry in arrived],
        [entry.id for entry in arrived],
        now,
    )
    return rows


def spared(row: Any, now: datetime, prefix: str) -> Outgoing | None:
    """What is told of a notification that was taken back."""
    ending = Ending(status=OutcomeStatus.WITHDRAWN, at=now, reason=Reason.SUPERSEDED)
    return _outcome(row, ending, prefix)


def _outcome(row: Any, ending: Ending, prefix: str) -> Outgoing | None:
    subject, message = named_in(row)
    return outcome(subject, message, ending, prefix) if subject else None
