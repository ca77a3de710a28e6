"""What a visitor of the page can break, in words."""

from typing import Any

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch

CHOICES: tuple[tuple[str, FaultRule], ...] = (
    (
        "The mail server answers that it is broken",
        FaultRule(channel=Channel.EMAIL, fault=Fault.SERVER_ERROR),
    ),
    (
        "The mail server takes a mail and never says so",
        FaultRule(channel=Channel.EMAIL, fault=Fault.ACCEPT_THEN_SILENCE, times=1),
    ),
    (
        "The SMS provider answers that it is broken",
        FaultRule(channel=Channel.SMS, fault=Fault.SERVER_ERROR),
    ),
    (
        "The SMS provider says: too fast",
        FaultRule(channel=Channel.SMS, fault=Fault.RATE_LIMIT, times=5),
    ),
    (
        "Telegram ends the connection without a word",
        FaultRule(channel=Channel.TELEGRAM, fault=Fault.RESET),
    ),
    (
        "Telegram answers two seconds late",
        FaultRule(channel=Channel.TELEGRAM, fault=Fault.DELAY, delay_s=2.0),
    ),
)


def described(switch: FaultSwitch) -> dict[str, Any]:
    """The rules in force, and the choices that the page offers."""
    rules = switch.rules()
    choices = [{"title": title, "rule": rule, "on": rule in rules} for title, rule in CHOICES]
    return {"rules": rules, "choices": choices}
