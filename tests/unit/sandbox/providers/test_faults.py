"""Faults on demand: which message they hit, and how they are written."""

import pytest

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch, encode_rules, parse_rules

ANNA, BOB = "+380501234567", "+380671234567"


def switch(*rules: FaultRule) -> FaultSwitch:
    made = FaultSwitch()
    made.set(*rules)
    return made


def hits(faults: FaultSwitch, messages: int = 20) -> list[bool]:
    return [faults.next(Channel.SMS, ANNA) is not None for _ in range(messages)]


def test_without_rules_everything_goes_well() -> None:
    assert FaultSwitch().next(Channel.SMS, ANNA) is None


def test_a_rule_hits_its_channel_only() -> None:
    faults = switch(FaultRule(channel=Channel.SMS, fault=Fault.RESET))

    assert faults.next(Channel.EMAIL, ANNA) is None
    assert faults.next(Channel.SMS, ANNA) is not None


def test_a_rule_for_one_recipient_spares_the_others() -> None:
    faults = switch(FaultRule(channel=Channel.SMS, fault=Fault.REFUSE, to=ANNA, times=1))

    assert faults.next(Channel.SMS, BOB) is None
    assert faults.next(Channel.SMS, ANNA) is not None


def test_a_rule_hits_as_often_as_it_says_and_is_then_gone() -> None:
    faults = switch(FaultRule(channel=Channel.SMS, fault=Fault.RESET, times=2))

    assert hits(faults, 4) == [True, True, False, False]
    assert faults.rules() == []


def test_a_rule_without_a_number_hits_until_it_is_cleared() -> None:
    faults = switch(FaultRule(channel=Channel.SMS, fault=Fault.RESET))
    assert all(hits(faults))

    faults.clear()

    assert not any(hits(faults))


def test_a_rule_about_reports_leaves_the_message_alone_and_the_other_way_round() -> None:
    faults = switch(
        FaultRule(channel=Channel.SMS, fault=Fault.REPORTS_LOST, times=1),
        FaultRule(channel=Channel.SMS, fault=Fault.RESET, times=1),
    )

    message, report = faults.next(Channel.SMS, ANNA), faults.next_report(Channel.SMS, ANNA)

    assert message is not None
    assert message.fault is Fault.RESET
    assert report is not None
    assert report.fault is Fault.REPORTS_LOST
    assert faults.next_report(Channel.SMS, ANNA) is None


def test_the_rule_that_was_set_first_comes_first() -> None:
    faults = switch(
        FaultRule(channel=Channel.SMS, fault=Fault.RESET, times=1),
        FaultRule(channel=Channel.SMS, fault=Fault.REFUSE, times=1),
    )

    found = [faults.next(Channel.SMS, ANNA) for _ in range(2)]

    assert [rule and rule.fault for rule in found] == [Fault.RESET, Fault.REFUSE]


def test_chance_hits_some_and_the_same_seed_hits_the_same() -> None:
    rule = FaultRule(channel=Channel.SMS, fault=Fault.RESET, probability=0.5, seed=7)

    first = hits(switch(rule))

    assert 0 < sum(first) < len(first)
    assert hits(switch(rule)) == first


def test_rules_survive_json() -> None:
    rules = [
        FaultRule(channel=Channel.SMS, fault=Fault.RATE_LIMIT, times=3, retry_after=2, to=ANNA),
        FaultRule(channel=Channel.EMAIL, fault=Fault.DELAY, delay_s=0.5, probability=0.1, seed=7),
    ]

    assert parse_rules(encode_rules(rules)) == rules


def test_one_rule_needs_no_list() -> None:
    assert parse_rules(b'{"channel": "sms", "fault": "reset"}') == [
        FaultRule(channel=Channel.SMS, fault=Fault.RESET)
    ]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "truncated"),
        (b"\xff", "malformed"),
        (b"[" * 100_000, "recursion"),
        (b"7", "Expected `object`, got `int`"),
        (b"{}", "missing required field `channel`"),
        (b'{"channel": "pigeon", "fault": "reset"}', "'pigeon'"),
        (b'{"channel": "sms", "fault": "explode"}', "'explode'"),
        (b'{"channel": "sms", "fault": "reset", "time": 1}', "unknown field `time`"),
        (b'{"channel": "sms", "fault": "reset", "times": 0}', "$[0].times"),
        (b'{"channel": "sms", "fault": "delay", "delay_s": -1}', "$[0].delay_s"),
    ],
)
def test_a_rule_that_cannot_be_read_says_why(body: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match="The fault cannot be read") as caught:
        parse_rules(body)

    assert sentence in str(caught.value)
