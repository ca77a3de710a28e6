"""Of what somebody had enough, and what becomes of one message too many."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.shops.profile import load_shops
from headsup.shops.reach import Caps
from services.notifier.caps import (
    Counts,
    Full,
    Page,
    Weighed,
    day_of,
    is_counted_out,
    mark,
    marks_of,
    next_limit,
    over,
)
from services.notifier.decide import Decided, Limit
from services.notifier.people import Address
from services.notifier.plan import Held, Planned, PlannedNotification, Suppressed
from services.notifier.quiet import HeldFor
from tests.support.events import SHOP as SOURCE
from tests.support.notifier import MONDAY, SHOPS, requested

[PROFILE] = load_shops(SHOPS).values()
TODAY = date(2026, 11, 23)
DAY = timedelta(days=1)
CAPS = Caps(transactional_in_a_day=3, marketing_in_a_day=1, marketing_in_a_week=2, sms_in_a_day=2)
MAIL = Address(Channel.EMAIL, "Oksana@mail.example")
PHONE = Address(Channel.SMS, "+380501234567")
SHIPPED, REVIEW = Kind.SHIPMENT_SHIPPED, Kind.REVIEW_REQUEST
MIDNIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
"""In Kyiv."""


def _planned(
    request_id: str, kind: Kind, *to: Address, customer: str = "c-1", held: Held | None = None
) -> Decided:
    event = requested(request_id, kind=kind, customer=Customer(id=customer))
    messages = [PlannedNotification(route, address, held) for route, address in enumerate(to)]
    return Decided(event, Planned(notifications=tuple(messages), language="uk"), MONDAY)


def _weighed(*batch: Decided, caps: Caps = CAPS, is_free: bool = False) -> list[Weighed]:
    return [Weighed(one, marks_of(one, PROFILE), caps, is_free) for one in batch]


def _page(who: str = "customer:c-1", *, ago: int = 0) -> Page:
    return Page(SOURCE, who, TODAY - ago * DAY)


def _marks(kind: Kind, channel: Channel, count: int) -> list[str]:
    return [mark(kind, channel, f"{kind}-{number}.0") for number in range(count)]


def _counts(today: Sequence[str] = (), who: str = "customer:c-1") -> Counts:
    return Counts(today={_page(who): today}, lately={})


def test_a_message_is_known_by_the_customer_and_by_every_address_that_it_goes_to() -> None:
    said = marks_of(_planned("r1", Kind.ORDER_CANCELLED, MAIL, PHONE), PROFILE)
    both = ["t:email:r1.0", "t:sms:r1.1"]
    assert said == {
        _page(): both,
        _page("email:oksana@mail.example"): both,
        _page("sms:+380501234567"): both,
    }


def test_a_message_counts_on_the_day_on_which_it_goes() -> None:
    tomorrow = Held(MIDNIGHT + timedelta(hours=8), HeldFor.NIGHT)
    said = marks_of(_planned("r1", SHIPPED, PHONE, held=tomorrow), PROFILE)
    assert {page.day for page in said} == {TODAY + DAY}


def test_a_day_is_one_of_the_shops() -> None:
    assert day_of(MIDNIGHT - timedelta(seconds=1), "Europe/Kyiv") == TODAY
    assert day_of(MIDNIGHT, "Europe/Kyiv") == TODAY + DAY


@pytest.mark.parametrize(
    ("had", "batch", "full"),
    [
        ([], [], {}),
        (_marks(SHIPPED, Channel.EMAIL, 2), [("r1", SHIPPED, MAIL)], {}),
        (_marks(SHIPPED, Channel.EMAIL, 3), [("r1", SHIPPED, MAIL)], {"r1": Full.ALL}),
        (_marks(SHIPPED, Channel.SMS, 2), [("r1", SHIPPED, PHONE)], {"r1": Full.SMS}),
        (_marks(SHIPPED, Channel.SMS, 2), [("r1", SHIPPED, MAIL)], {}),
        (_marks(SHIPPED, Channel.SMS, 9), [("r1", Kind.ORDER_CONFIRMED, PHONE)], {}),
        (_marks(SHIPPED, Channel.SMS, 9), [("r1", Kind.SHIPMENT_OUT_FOR_DELIVERY, PHONE)], {}),
        (_marks(Kind.ORDER_CONFIRMED, Channel.EMAIL, 3), [("r1", SHIPPED, MAIL)], {"r1": Full.ALL}),
        (_marks(REVIEW, Channel.EMAIL, 1), [("r1", REVIEW, MAIL)], {"r1": Full.ALL}),
        (_marks(REVIEW, Channel.EMAIL, 1), [("r1", SHIPPED, MAIL)], {}),
        (_marks(SHIPPED, Channel.EMAIL, 9), [("r1", REVIEW, MAIL)], {}),
        ([], [("r1", REVIEW, MAIL), ("r2", REVIEW, MAIL)], {"r2": Full.ALL}),
        (
            _marks(SHIPPED, Channel.EMAIL, 2),
            [("r1", Kind.ORDER_CONFIRMED, MAIL), ("r2", SHIPPED, MAIL)],
            {"r2": Full.ALL},
        ),
    ],
    ids=[
        "nothing is too much of nothing",
        "the last one that is allowed",
        "one too many in a day",
        "one text message too many",
        "a mail is no text message",
        "what a law asks for is never too much",
        "what cannot wait is never too much",
        "and both count",
        "marketing once a day",
        "marketing does not count against the rest",
        "nor the rest against marketing",
        "within a batch the first one goes",
        "within a batch what is never counted out is counted",
    ],
)
def test_over(
    had: list[str], batch: list[tuple[str, Kind, Address]], full: dict[str, Full]
) -> None:
    weighed = _weighed(*(_planned(*one) for one in batch))
    ours = [said for one in weighed for said in one.own.get(_page(), ())]
    assert over(weighed, _counts([*had, *ours])) == full


def test_two_customers_with_one_phone_are_one_person() -> None:
    had = _counts(_marks(SHIPPED, Channel.SMS, 2), who="sms:+380501234567")
    other = _weighed(_planned("r1", SHIPPED, PHONE, customer="c-2"))
    assert over(other, had) == {"r1": Full.SMS}


def test_marketing_counts_for_a_week() -> None:
    def after(*days: int) -> dict[str, Full]:
        lately = {_page(ago=n): [mark(REVIEW, Channel.EMAIL, f"m-{n}.0")] for n in days}
        return over(_weighed(_planned("r1", REVIEW, MAIL)), Counts(today={}, lately=lately))

    assert after(1) == {}
    assert after(1, 6) == {"r1": Full.ALL}
    assert after(1, 7) == {}


def test_what_took_over_from_another_message_counts_once_with_it() -> None:
    def instead(of: str, number: int, kind: Kind, channel: Channel) -> str:
        return mark(kind, channel, f"{of}.{number}", takes_over=True)

    news = [*_marks(SHIPPED, Channel.WHATSAPP, 2), "t:email:r.0", "t:email:r.1"]
    news += [instead(f"{SHIPPED}-{n}.0", n + 1, SHIPPED, Channel.EMAIL) for n in range(2)]
    four = Caps(
        transactional_in_a_day=5, marketing_in_a_day=1, marketing_in_a_week=2, sms_in_a_day=9
    )
    batch = [_planned("r5", SHIPPED, MAIL), _planned("r6", SHIPPED, MAIL)]
    weighed = _weighed(*batch, caps=four)
    today = [*news, *(said for one in weighed for said in one.own[_page()])]
    assert over(weighed, _counts(today)) == {"r6": Full.ALL}

    first = mark(REVIEW, Channel.EMAIL, "m.0")
    second = instead("m.0", 1, REVIEW, Channel.WHATSAPP)
    lately = {_page(ago=2): [first], _page(ago=1): [second]}
    assert over(_weighed(_planned("r1", REVIEW, MAIL)), Counts(today={}, lately=lately)) == {}


def test_every_text_message_counts_as_one_whatever_it_takes_over_from() -> None:
    texts = [mark(SHIPPED, Channel.SMS, f"r{n}.0.1", takes_over=True) for n in range(2)]
    weighed = _weighed(_planned("r9", SHIPPED, PHONE))
    assert over(weighed, _counts([*texts, *weighed[0].own[_page()]])) == {"r9": Full.SMS}


def test_what_came_to_nothing_does_not_count() -> None:
    had = _marks(REVIEW, Channel.EMAIL, 1)
    counts = Counts(today={_page(): had}, lately={}, gone=frozenset(had))
    assert over(_weighed(_planned("r1", REVIEW, MAIL)), counts) == {}


def test_what_is_read_again_does_not_count_against_itself() -> None:
    once_more = _weighed(_planned("r1", REVIEW, MAIL))
    assert over(once_more, _counts(["m:email:r1.0", "m:email:r1.0"])) == {}


def test_what_was_tried_last_goes_and_is_counted() -> None:
    had = _marks(SHIPPED, Channel.EMAIL, 3)
    assert over(_weighed(_planned("r1", SHIPPED, MAIL), is_free=True), _counts(had)) == {}


def test_what_may_never_be_counted_out() -> None:
    assert not is_counted_out(Kind.ORDER_CONFIRMED)
    assert not is_counted_out(Kind.ORDER_RECALL)
    assert is_counted_out(SHIPPED)
    assert is_counted_out(Kind.CART_ABANDONED)


BESIDES_MAIL = frozenset(Channel) - {Channel.EMAIL}


@pytest.mark.parametrize(
    ("limit", "full", "after"),
    [
        (Limit(), Full.SMS, Limit(capped=frozenset({Channel.SMS}))),
        (Limit(), Full.ALL, Limit(not_before=MIDNIGHT)),
        (Limit(capped=frozenset({Channel.SMS})), Full.ALL, Limit(not_before=MIDNIGHT)),
        (Limit(not_before=MIDNIGHT), Full.ALL, Limit(capped=BESIDES_MAIL, is_last=True)),
        (Limit(not_before=MIDNIGHT), Full.SMS, Limit(capped=BESIDES_MAIL, is_last=True)),
        (Limit(capped=BESIDES_MAIL, is_last=True), Full.ALL, None),
    ],
    ids=[
        "another channel than SMS",
        "tomorrow",
        "tomorrow, where there is no other channel",
        "a mail, where tomorrow is full or too late",
        "a mail, where tomorrow has enough text messages",
        "nothing",
    ],
)
def test_what_is_tried_next(limit: Limit, full: Full, after: Limit | None) -> None:
    assert next_limit(SHIPPED, MONDAY, limit, full, PROFILE) == after


def test_marketing_waits_for_no_other_day() -> None:
    assert next_limit(REVIEW, MONDAY, Limit(), Full.ALL, PROFILE) is None


def test_tomorrow_is_the_shops() -> None:
    dublin = msgspec.structs.replace(PROFILE, time_zone="Europe/Dublin")
    limit = next_limit(SHIPPED, MONDAY, Limit(), Full.ALL, dublin)
    assert limit == Limit(not_before=MIDNIGHT + timedelta(hours=2))


def test_a_request_that_nothing_was_planned_for_counts_nowhere() -> None:
    silent = Decided(requested("r1"), Suppressed(reason=Reason.STALE), MONDAY)
    assert marks_of(silent, PROFILE) == {}


_BATCHES = st.lists(
    st.tuples(
        st.sampled_from([SHIPPED, REVIEW, Kind.ORDER_CONFIRMED]),
        st.sampled_from([MAIL, PHONE]),
        st.sampled_from(["c-1", "c-2"]),
    ),
    max_size=12,
)


@given(_BATCHES)
def test_whatever_comes_together_nobody_gets_more_by_any_of_their_keys(
    asked: list[tuple[Kind, Address, str]],
) -> None:
    batch = _weighed(
        *(_planned(f"r{n}", kind, to, customer=who) for n, (kind, to, who) in enumerate(asked))
    )
    today: dict[Page, list[str]] = {}
    for one in batch:
        for page, marks in one.own.items():
            today.setdefault(page, []).extend(marks)
    full = over(batch, Counts(today=today, lately={}))
    for page in today:
        kept = [one for one in batch if page in one.own and one.decided.event.id not in full]
        for kind, limits in _LIMITED.items():
            # What is never counted out may come on top of it.
            ours = [n for n, one in enumerate(kept) if one.decided.event.data.kind is kind]
            said = [each for one in kept[: max(ours, default=-1) + 1] for each in one.own[page]]
            assert sum(each[0] == limits[0] for each in said) <= limits[1], kind
    assert not [n for n, (kind, *_) in enumerate(asked) if f"r{n}" in full and kind not in _LIMITED]


_LIMITED = {
    SHIPPED: ("t", CAPS.transactional_in_a_day),
    REVIEW: ("m", CAPS.marketing_in_a_day),
}
