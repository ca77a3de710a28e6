"""A signature is verified as a receiver does it, with a DNS of our own: it stands after what relays
may do to a mail, and falls with anything that they may not."""

import re
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.channels.dkim_signature import dkim_signature
from services.notifier.channels.mime import build_mail
from services.notifier.rendered import RenderedEmail
from tests.support.dkim import DOMAIN, dns, is_valid, key, lookup
from tests.unit.services.notifier.channels.mails import mail

KEY = key()
DNS = dns((KEY, 1))
STOP_URL = "https://notify.example/s/AbCdEfGhIjKlMnOpQrSt"
MARKETING = mail(stop_url=STOP_URL, text="Ще в кошику.\n" * 30)
HEADERS = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Content-Language"),
    *("Auto-Submitted", "MIME-Version", "Content-Type", "List-Unsubscribe"),
    *("List-Unsubscribe-Post",),
)


def signed(message: RenderedEmail) -> bytes:
    content = build_mail(message).content
    one_click = message.stop_url is not None
    return dkim_signature(content, KEY, one_click=one_click) + content


def tags(content: bytes) -> dict[str, str]:
    value = content.decode().split("\r\nFrom:")[0].partition(":")[2]
    return dict(re.sub(r"\s", "", tag).split("=", 1) for tag in value.split(";"))


def test_a_receiver_takes_it() -> None:
    assert is_valid(signed(mail()), DNS)
    assert is_valid(signed(MARKETING), DNS)


def test_it_says_who_signed_and_what() -> None:
    found = tags(signed(MARKETING))

    assert (found["d"], found["s"], found["i"]) == (DOMAIN, "2026-11", f"@{DOMAIN}")
    assert (found["a"], found["c"]) == ("rsa-sha256", "relaxed/relaxed")
    assert {name.lower() for name in HEADERS} == set(found["h"].split(":"))


def test_every_attempt_is_the_same_mail_byte_for_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    first = signed(mail())
    monkeypatch.setattr(time, "time", lambda: 1_900_000_000.0)

    assert signed(mail()) == first
    assert "t" not in tags(first)


def test_another_date_is_another_signature() -> None:
    later = mail(date=mail().date + timedelta(seconds=1))
    assert tags(signed(later))["b"] != tags(signed(mail()))["b"]


@pytest.mark.parametrize("header", HEADERS)
def test_a_signed_header_of_which_one_letter_changed_is_found_out(header: str) -> None:
    content = signed(MARKETING)
    found = re.search(rf"\r\n{header}: [^\r]*?([A-Za-z0-9])".encode(), content)
    assert found is not None
    letter = b"x" if found[1] != b"x" else b"y"

    assert not is_valid(content[: found.start(1)] + letter + content[found.end(1) :], DNS)


@given(at=st.integers(min_value=0))
@example(at=0)
def test_a_body_of_which_one_byte_changed_is_found_out(at: int) -> None:
    head, body = signed(mail()).split(b"\r\n\r\n", 1)
    letters = [place for place, byte in enumerate(body) if chr(byte).isalnum()]
    place = letters[at % len(letters)]
    changed = bytes([body[place] ^ 1])

    spoilt = head + b"\r\n\r\n" + body[:place] + changed + body[place + 1 :]
    assert not is_valid(spoilt, DNS)


@pytest.mark.parametrize("name", ["From", "To", "Reply-To", "Subject", "Date"])
@pytest.mark.parametrize("is_first", [True, False])
def test_nothing_that_a_reader_sees_is_said_a_second_time(name: str, *, is_first: bool) -> None:
    head, body = signed(mail()).split(b"\r\n\r\n", 1)
    added = f"{name}: thief@elsewhere.example".encode()
    lines = (added, head) if is_first else (head, added)

    assert not is_valid(b"\r\n".join(lines) + b"\r\n\r\n" + body, DNS)


def test_nobody_adds_where_answers_go_when_the_mail_does_not_say() -> None:
    content = signed(mail(reply_to=None))

    assert is_valid(content, DNS)
    assert not is_valid(b"Reply-To: thief@elsewhere.example\r\n" + content, DNS)


def test_a_relay_may_add_its_own_way_to_unsubscribe_where_there_is_none() -> None:
    assert is_valid(b"List-Unsubscribe: <mailto:stop@relay.example>\r\n" + signed(mail()), DNS)


@pytest.mark.parametrize("header", ["List-Unsubscribe", "List-Unsubscribe-Post"])
def test_the_one_click_cannot_be_taken_out_of_marketing(header: str) -> None:
    without = re.sub(rf"{header}: [^\r]*\r\n".encode(), b"", signed(MARKETING), count=1)
    assert without != signed(MARKETING)
    assert not is_valid(without, DNS)


def refolded(content: bytes) -> bytes:
    """A relay that folds headers anew, writes their names its own way, adds what it adds, and
    leaves spaces at the ends of lines."""
    head, body = content.split(b"\r\n\r\n", 1)
    unfolded = re.sub(rb"\r\n[ \t]+", b" ", head)
    lines = []
    for line in unfolded.split(b"\r\n"):
        name, _, value = line.partition(b":")
        lines.append(name.upper() + b":  " + b"\r\n\t".join(value.strip().split(b" ")))
    received = b"Received: from notifier by relay.example; Tue, 24 Nov 2026 10:00:01 +0000\r\n"
    wrapped = body.replace(b"\r\n", b" \t\r\n") + b"\r\n\r\n"
    return received + b"\r\n".join(lines) + b"\r\n\r\n" + wrapped


@pytest.mark.parametrize("message", [mail(), MARKETING])
def test_it_stands_after_a_relay_wrapped_it_anew(message: RenderedEmail) -> None:
    content = signed(message)
    assert refolded(content) != content
    assert is_valid(refolded(content), DNS)


@given(name=st.text(max_size=120), subject=st.text(max_size=300), text=st.text(max_size=400))
@example(name="Ann\r\nBcc: all@example.org", subject="Hi\r\n\r\nbody", text=".\r\n")
@example(name="", subject="", text="")
def test_whatever_somebody_is_called_it_stands(name: str, subject: str, text: str) -> None:
    message = mail(to_name=name, from_name=name, subject=subject, text=text, html=text)
    assert is_valid(signed(message), DNS)
    assert is_valid(refolded(signed(message)), DNS)


def test_a_mailbox_in_another_script_is_signed_as_well() -> None:
    assert is_valid(signed(mail(to="олена@пошта.example")), DNS)


def test_the_key_of_somebody_else_does_not_verify_it() -> None:
    assert not is_valid(signed(mail()), dns((KEY, 2)))


def test_a_selector_that_dns_does_not_know_does_not_verify_it() -> None:
    assert not is_valid(signed(mail()), lookup({}))


def test_a_mail_without_a_signature_is_not_taken_for_a_signed_one() -> None:
    assert not is_valid(build_mail(mail()).content, DNS)


def test_what_is_secret_is_not_shown() -> None:
    assert "PRIVATE" not in repr(replace(KEY))
