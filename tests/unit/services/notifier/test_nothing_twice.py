"""Whatever becomes of its attempts, a notification comes to rest, what is recorded is true, and
what was accepted is not sent again where that can be known."""

from collections.abc import Sequence
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.attempts import State
from services.notifier.channels import PRIMARY, SECONDARY
from tests.unit.services.notifier.world import Fate, World

FATES: Final = st.lists(st.sampled_from(Fate), max_size=9)
SENDERS: Final = st.sampled_from([(PRIMARY,), (PRIMARY, SECONDARY)])
UNSENT: Final = {State.EXPIRED, State.WITHDRAWN, State.SUPPRESSED}
ENDINGS: Final = {Fate.REFUSED, Fate.WITHDRAWN, Fate.DAY_PASSES}
LEFT_ALONE, SENT_AGAIN = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_OUT_FOR_DELIVERY

examples = settings(derandomize=True, deadline=None, max_examples=300)


def _lived(channel: Channel, kind: Kind, senders: Sequence[str], fates: list[Fate]) -> World:
    world = World(channel, kind, senders)
    world.live(fates)
    return world


@examples
@given(SENDERS, FATES)
def test_an_sms_is_never_sent_twice_and_what_is_recorded_of_it_is_true(
    senders: Sequence[str], fates: list[Fate]
) -> None:
    world = _lived(Channel.SMS, LEFT_ALONE, senders, fates)
    if world.state is State.UNKNOWN:
        assert Fate.DAY_PASSES in fates, "nobody could be asked until the news was old"
        assert len(world.accepted) <= 1
    else:
        assert len(world.accepted) == (world.state is State.SENT)


@examples
@given(SENDERS, FATES)
def test_a_mail_is_sent_or_it_is_known_why_not(senders: Sequence[str], fates: list[Fate]) -> None:
    world = _lived(Channel.EMAIL, Kind.ORDER_RECEIVED, senders, fates)
    if world.state is State.SENT:
        assert world.accepted
    if world.state in UNSENT | {State.FAILED}:
        assert not world.accepted
    if world.state is State.UNKNOWN:
        assert world.doubts


@examples
@given(SENDERS, FATES)
def test_copies_of_a_mail_follow_only_on_doubt_and_are_the_same_mail(
    senders: Sequence[str], fates: list[Fate]
) -> None:
    world = _lived(Channel.EMAIL, Kind.ORDER_RECEIVED, senders, fates)
    assert len(world.accepted) <= 1 + world.doubts
    assert len({(one.notification_id, one.written_at) for one in world.accepted}) <= 1


@examples
@given(SENDERS, FATES)
def test_a_telegram_message_goes_twice_only_where_the_kind_wants_it(
    senders: Sequence[str], fates: list[Fate]
) -> None:
    left_alone = _lived(Channel.TELEGRAM, LEFT_ALONE, senders, fates)
    assert len(left_alone.accepted) <= 1
    if left_alone.state is State.UNKNOWN:
        assert left_alone.doubts
    sent_again = _lived(Channel.TELEGRAM, SENT_AGAIN, senders, fates)
    assert len(sent_again.accepted) <= 1 + sent_again.doubts


@examples
@given(
    st.sampled_from([Channel.SMS, Channel.EMAIL]),
    SENDERS,
    st.lists(st.sampled_from(sorted(set(Fate) - ENDINGS)), max_size=9),
)
def test_news_that_is_young_and_wanted_arrives(
    channel: Channel, senders: Sequence[str], fates: list[Fate]
) -> None:
    world = _lived(channel, LEFT_ALONE, senders, fates)
    assert world.state is State.SENT
    assert world.accepted
