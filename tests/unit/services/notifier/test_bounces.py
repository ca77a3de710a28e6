"""Mails that came back, in the forms in which mail servers write them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.bounces import Action, Line, read, summary

RETURNED = Path(__file__).with_name("returned")
OKSANA = frozenset({"oksana@mail.example"})

FAILED: dict[str, tuple[str, frozenset[str]]] = {
    # sample: what is read of the status and the recipient
    "postfix-unknown-user": ("5.1.1", OKSANA),
    "postfix-gave-up": ("4.4.1", OKSANA),
    "exim-unknown-user": ("5.1.1", OKSANA),
    "exim-without-a-code": ("5.0.0", OKSANA),
    "exchange-german": ("5.1.10", OKSANA),
    "gmail-unknown-user": ("5.1.1", OKSANA),
    "mailbox-full": ("5.2.2", OKSANA),
    "spam-refused": ("5.7.1", OKSANA),
    "not-authenticated": ("5.7.26", OKSANA),
    "forwarded-to-a-dead-mailbox": ("5.1.1", frozenset({"old.account@elsewhere.example"})),
    "international": ("5.1.1", OKSANA),
    "cut-off": ("", OKSANA),
    "action-with-a-comment": ("5.1.1", OKSANA),
}
OTHERS: dict[str, Action] = {
    "postfix-delayed": Action.DELAYED,
    "alias-reached-one-of-two": Action.DELIVERED,
    "relayed": Action.RELAYED,
    "absence": Action.OTHER,
    "a-person-answers": Action.OTHER,
    "a-report-inside-of-a-mail": Action.OTHER,
    "qmail-in-prose": Action.OTHER,
    "empty": Action.OTHER,
    "not-a-mail": Action.OTHER,
}


def _sample(name: str) -> bytes:
    return (RETURNED / f"{name}.eml").read_bytes()


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", FAILED)
def test_a_report_of_failure_is_read(name: str, ends: bytes) -> None:
    lines = read(_sample(name).replace(b"\n", ends))
    assert lines == (Line(Action.FAILED, *FAILED[name]),)
    assert summary(lines) is Action.FAILED


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_says_nothing_of_a_failure_is_none(name: str, ends: bytes) -> None:
    assert summary(read(_sample(name).replace(b"\n", ends))) is OTHERS[name]


def test_every_sample_is_held_to_something() -> None:
    assert {path.stem for path in RETURNED.iterdir()} == FAILED.keys() | OTHERS.keys()


@given(st.sampled_from(sorted(FAILED)), st.data())
def test_a_report_that_is_cut_off_anywhere_never_says_that_a_mail_arrived(
    name: str, data: st.DataObject
) -> None:
    whole = _sample(name)
    cut = data.draw(st.integers(0, len(whole)))
    assert summary(read(whole[:cut])) in {Action.FAILED, Action.OTHER}


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_no_report(noise: bytes) -> None:
    assert summary(read(noise)) is Action.OTHER


_REPORT = b"Content-Type: message/delivery-status\r\n\r\n"
_FAILED = b"Action: failed\r\nStatus: 5.1.1\r\n"


@pytest.mark.parametrize("filling", [b"\n" * 999_000, b"\r\n" * 600, b"x: y\r\n" * 20_000])
def test_only_the_beginning_of_a_mail_is_read(filling: bytes) -> None:
    assert read(_REPORT + filling + _FAILED) == ()
    assert [line.action for line in read(_REPORT + _FAILED + filling)] == [Action.FAILED]
