"""The oracle counts: each figure is made red once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from tests.faults.journeys import REACHED, Expectation, Message, Statement
from tests.faults.oracle import Entry, Evidence, Heard, Incident, Said, Verdict, judge

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHIPPED = Statement("K1", Kind.SHIPMENT_SHIPPED, "shipment:S1")
OUT = Statement("K1", Kind.SHIPMENT_OUT_FOR_DELIVERY, "shipment:S1")
DELIVERED = Statement("K1", Kind.SHIPMENT_DELIVERED, "shipment:S1")
REFUNDED = Statement("K1", Kind.PAYMENT_REFUNDED, "refund:F1")
EMMA = {Channel.EMAIL: "emma@mail.example", Channel.SMS: "+380501000000", Channel.TELEGRAM: "7"}
PLACE = {SHIPPED: 0, OUT: 1, DELIVERED: 2, REFUNDED: 3}


def _entry(message: Message, **changes: Any) -> Entry:
    entry = Entry(
        id=f"{message.statement.kind}/{message.channel}",
        request_id=str(message.statement.kind),
        message=message,
        state="sent",
        seq=PLACE[message.statement] + 1,
        attempt=1,
        retries=0,
        was_in_doubt=False,
        provider_ref=f"<{message.statement.kind}>",
    )
    return replace(entry, **changes)


class Case:
    """An order that was told all it should be, by one channel, until a test spoils it."""

    def __init__(
        self,
        channel: Channel = Channel.SMS,
        due: tuple[Statement, ...] = (DELIVERED,),
        may: tuple[Statement, ...] = (SHIPPED,),
    ) -> None:
        self.channel = channel
        self.expected = Expectation(
            due=frozenset(Message(s, channel) for s in due),
            may=frozenset(Message(s, channel) for s in may),
            place=PLACE,
            events=frozenset({"e1", "e2"}),
            orders=frozenset({"K1"}),
            addresses={("K1", each): address for each, address in EMMA.items()},
        )
        told = sorted({*due, *may}, key=PLACE.__getitem__)
        self.entries = {s: _entry(Message(s, channel)) for s in told}
        self.heard = [self.arrival(s, PLACE[s]) for s in told]
        self.incidents: list[Incident] = []
        self.evidence = Evidence(events=frozenset({"e1", "e2"}), orders=frozenset({"K1"}))

    def arrival(self, statement: Statement, minute: int, ref: str = "") -> Heard:
        at = NOON + timedelta(minutes=minute)
        name = ref or f"<{statement.kind}>"
        return Heard(
            Message(statement, self.channel), name, at, self.channel, EMMA[self.channel], "octets"
        )

    def doubt(self, statement: Statement, **changes: Any) -> None:
        """An attempt at it went unanswered, because of something that we did when it arrived."""
        self.entries[statement] = replace(self.entries[statement], was_in_doubt=True, **changes)
        at = NOON + timedelta(minutes=PLACE[statement])
        self.incidents.append(Incident(since=at, until=at, channel=self.channel))

    def verdict(self) -> Verdict:
        entries = list(self.entries.values())
        said = {
            e.request_id: Said(e.message.statement, frozenset({e.id}))
            for e in entries
            if e.message is not None
        }
        requests = dict.fromkeys(said, "planned")
        given = self.evidence
        evidence = replace(
            given,
            entries=entries,
            said={**said, **given.said},
            requests={**requests, **given.requests},
        )
        return judge(self.expected, self.heard, evidence, incidents=self.incidents)


def _figures(verdict: Verdict) -> tuple[int, int, int, int, int, int]:
    v = verdict
    return v.due, v.once, v.lost, v.twice, v.copies, v.disorder


def test_what_came_as_it_should_breaks_no_promise() -> None:
    verdict = Case().verdict()
    assert _figures(verdict) == (1, 1, 0, 0, 0, 0)
    assert verdict.broken == ()
    assert not verdict.unfinished
    assert verdict.last_at == NOON + timedelta(minutes=2)


def test_what_never_came_is_lost() -> None:
    case = Case()
    case.heard.pop()
    verdict = case.verdict()
    assert _figures(verdict) == (1, 0, 1, 0, 0, 0)
    assert verdict.broken == ("never came: K1 shipment.delivered shipment:S1 by sms",)
    assert verdict.unfinished


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.TELEGRAM])
def test_the_same_words_again_are_twice(channel: Channel) -> None:
    case = Case(channel)
    case.heard.append(case.arrival(DELIVERED, 9))
    verdict = case.verdict()
    assert _figures(verdict) == (1, 0, 0, 1, 0, 0)
    assert verdict.broken == (f"came 2 times: K1 shipment.delivered shipment:S1 by {channel}",)


def test_an_sms_in_doubt_must_not_come_twice() -> None:
    case = Case()
    case.doubt(DELIVERED)
    case.heard.append(case.arrival(DELIVERED, 9))
    assert case.verdict().broken


def test_a_messenger_may_repeat_in_doubt_what_must_not_be_missed() -> None:
    case = Case(Channel.TELEGRAM, due=(OUT,))
    case.heard.append(case.arrival(OUT, 9))
    assert case.verdict().broken
    case.doubt(OUT)
    verdict = case.verdict()
    assert (verdict.twice, verdict.broken) == (1, ())


def test_a_messenger_may_lose_in_doubt_what_is_not_sent_again_and_says_so() -> None:
    case = Case(Channel.TELEGRAM)
    case.heard.pop()
    case.entries[DELIVERED] = replace(case.entries[DELIVERED], state="unknown")
    assert case.verdict().broken
    case.entries[DELIVERED] = replace(case.entries[DELIVERED], was_in_doubt=True)
    assert case.verdict().broken, "it says so, but nothing was done to it"
    case.doubt(DELIVERED)
    verdict = case.verdict()
    assert (verdict.lost, verdict.broken) == (1, ())


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
def test_elsewhere_nothing_is_lost_in_doubt(channel: Channel) -> None:
    case = Case(channel)
    case.heard.pop()
    case.doubt(DELIVERED, state="unknown")
    assert case.verdict().broken


def test_a_mail_under_the_same_message_id_is_a_copy_and_allowed_in_doubt_alone() -> None:
    case = Case(Channel.EMAIL)
    case.heard.append(case.arrival(DELIVERED, 9))
    verdict = case.verdict()
    assert _figures(verdict) == (1, 1, 0, 0, 1, 0)
    assert verdict.broken
    case.doubt(DELIVERED)
    verdict = case.verdict()
    assert (verdict.copies, verdict.broken) == (1, ())


def test_a_mail_under_another_message_id_is_twice_whatever_was_in_doubt() -> None:
    case = Case(Channel.EMAIL)
    case.doubt(DELIVERED)
    case.heard.append(case.arrival(DELIVERED, 9, "<another>"))
    verdict = case.verdict()
    assert _figures(verdict) == (1, 0, 0, 1, 0, 0)
    assert verdict.broken


@pytest.mark.parametrize(
    "changes",
    [{"until": NOON}, {"channel": Channel.SMS}, {"to": "john@mail.example"}],
    ids=["at another time", "on another channel", "to somebody else"],
)
def test_doubt_excuses_nothing_where_nothing_was_done(changes: dict[str, Any]) -> None:
    case = Case(Channel.EMAIL)
    case.doubt(DELIVERED)
    case.heard.append(case.arrival(DELIVERED, 9))
    assert case.verdict().broken == ()
    [incident] = case.incidents
    case.incidents = [replace(incident, **{"since": NOON, **changes})]
    assert case.verdict().broken


def test_what_was_done_excuses_nothing_that_is_not_in_doubt() -> None:
    case = Case(Channel.EMAIL)
    case.doubt(DELIVERED)
    case.entries[DELIVERED] = replace(case.entries[DELIVERED], was_in_doubt=False)
    case.heard.append(case.arrival(DELIVERED, 9))
    assert case.verdict().broken


def test_a_third_copy_needs_a_second_doubt() -> None:
    case = Case(Channel.EMAIL)
    case.doubt(DELIVERED)
    case.heard += [case.arrival(DELIVERED, 5), case.arrival(DELIVERED, 9)]
    assert case.verdict().broken
    at = NOON + timedelta(minutes=5)
    case.incidents.append(Incident(since=at, until=at))
    assert case.verdict().broken == ()


def test_after_one_that_was_answered_only_what_was_accepted_late_may_come() -> None:
    case = Case(Channel.EMAIL)
    case.entries[DELIVERED] = replace(case.entries[DELIVERED], was_in_doubt=True)
    case.heard.append(case.arrival(DELIVERED, 9))
    at = NOON + timedelta(minutes=9)
    case.incidents = [Incident(since=at, until=at)]
    assert case.verdict().broken
    case.incidents = [Incident(since=at, until=at, is_late=True)]
    assert case.verdict().broken == ()
    case.heard.append(case.arrival(DELIVERED, 10))
    assert case.verdict().broken


def test_a_copy_has_the_same_octets() -> None:
    case = Case(Channel.EMAIL)
    case.doubt(DELIVERED)
    case.heard.append(replace(case.arrival(DELIVERED, 9), print="other octets"))
    assert case.verdict().broken == (
        "a copy with other octets: K1 shipment.delivered shipment:S1 by email",
    )


def test_what_reached_another_customer_breaks_a_promise() -> None:
    case = Case()
    case.heard[1] = replace(case.heard[1], to="+380501000001")
    assert case.verdict().broken == (
        "went to somebody else: K1 shipment.delivered shipment:S1 by sms",
    )


@pytest.mark.parametrize("state", ["failed", "expired", "unknown", "suppressed"])
def test_what_came_and_is_not_recorded_as_sent_breaks_a_promise(state: str) -> None:
    case = Case()
    case.doubt(DELIVERED, state=state)
    assert case.verdict().broken == (
        "came, and the ledger says that it did not: K1 shipment.delivered shipment:S1 by sms",
    )


def test_what_is_recorded_under_a_name_that_nobody_gave_breaks_a_promise() -> None:
    case = Case()
    case.entries[DELIVERED] = replace(case.entries[DELIVERED], provider_ref="another")
    assert case.verdict().broken


def test_old_news_once_more_after_newer_is_disorder() -> None:
    case = Case(Channel.TELEGRAM)
    case.heard.append(case.arrival(SHIPPED, 9, "again"))
    assert case.verdict().disorder == 1


def test_where_nothing_was_due_nothing_is_shown() -> None:
    case = Case(due=(), may=(SHIPPED,))
    assert case.verdict().broken == ("nothing was due at all",)


def test_older_news_after_newer_is_disorder() -> None:
    case = Case()
    case.heard[0] = case.arrival(SHIPPED, 5)
    verdict = case.verdict()
    assert _figures(verdict) == (1, 1, 0, 0, 0, 1)
    assert verdict.broken == ("came after what is newer: K1 shipment.shipped shipment:S1 by sms",)


@pytest.mark.parametrize("channel", REACHED)
def test_what_was_accepted_when_we_had_given_up_may_come_late_but_by_sms(channel: Channel) -> None:
    case = Case(channel)
    case.heard[0] = case.arrival(SHIPPED, 5)
    at = NOON + timedelta(minutes=5)
    case.incidents = [Incident(since=at, until=at)]
    assert case.verdict().broken
    case.incidents = [Incident(since=at, until=at, is_late=True)]
    verdict = case.verdict()
    assert (verdict.disorder, bool(verdict.broken)) == (1, channel is Channel.SMS)


def test_of_different_threads_the_ledger_says_which_goes_first() -> None:
    case = Case(due=(DELIVERED, REFUNDED), may=())
    case.heard = [case.arrival(REFUNDED, 1), case.arrival(DELIVERED, 2)]
    assert case.verdict().disorder == 1
    case.entries[REFUNDED] = replace(case.entries[REFUNDED], seq=1)  # it was planned before
    assert case.verdict().disorder == 0


def test_what_is_left_out_needs_a_reason() -> None:
    case = Case()
    del case.heard[0]
    assert case.verdict().broken == (
        "left out without a reason: K1 shipment.shipped shipment:S1 by sms",
    )
    for state in ("sent", "failed", "expired", "unknown"):
        case.entries[SHIPPED] = replace(case.entries[SHIPPED], state=state)
        assert case.verdict().lost == 1
    case.entries[SHIPPED] = replace(case.entries[SHIPPED], state="withdrawn")
    assert case.verdict().broken == ()


def test_what_was_never_asked_for_is_explained_by_order_events() -> None:
    case = Case()
    del case.heard[0], case.entries[SHIPPED]
    assert case.verdict().lost == 1
    case.evidence = replace(case.evidence, unsaid=frozenset({SHIPPED}))
    assert case.verdict().lost == 0


def test_what_the_notifier_decided_against_is_explained_by_that() -> None:
    case = Case()
    del case.heard[0], case.entries[SHIPPED]
    said = {"r": Said(SHIPPED, frozenset({""}))}
    case.evidence = replace(case.evidence, said=said, requests={"r": "planned"})
    assert case.verdict().lost == 1
    case.evidence = replace(case.evidence, said=said, requests={"r": "withdrawn"})
    assert case.verdict().lost == 0


@pytest.mark.parametrize("state", ["planned", "sending"])
def test_a_row_of_the_ledger_that_is_not_at_rest_is_lost(state: str) -> None:
    case = Case()
    case.entries[DELIVERED] = replace(case.entries[DELIVERED], state=state)
    assert case.verdict().lost == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"said": {"r": Said(SHIPPED, frozenset())}, "requests": {"r": "planned"}},
        {"said": {"r": Said(SHIPPED, frozenset({""}))}},
        {"said": {"shipment.delivered": Said(DELIVERED, frozenset({"another"}))}},
        {"events": frozenset({"e1"})},
        {"orders": frozenset()},
        {"waiting": {"outbox of notifier": 1}},
    ],
    ids=["no outcome", "no request", "one outcome", "an event", "an order", "an outbox"],
)
def test_whatever_was_taken_and_brought_to_no_end_is_lost(changes: dict[str, Any]) -> None:
    case = Case()
    case.evidence = replace(case.evidence, **changes)
    verdict = case.verdict()
    assert verdict.lost == 1
    assert verdict.unfinished


def test_what_nobody_can_tell_and_what_was_not_to_be_told_break_a_promise() -> None:
    case = Case()
    case.heard += [Heard(None, "x", NOON, Channel.SMS), case.arrival(REFUNDED, 9)]
    assert case.verdict().broken == (
        "nobody can tell what it is: x",
        "not to be told: K1 payment.refunded refund:F1 by sms",
    )


def test_a_verdict_on_one_channel_leaves_the_others_out() -> None:
    case = Case(Channel.TELEGRAM)
    case.heard.clear()
    assert judge(case.expected, case.heard, case.evidence, [Channel.SMS]).due == 0
