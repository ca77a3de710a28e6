"""Mails are written by hand; the standard library must read back what was meant."""

from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox.providers.smtp import unflowed
from services.notifier.channels.mime import AddressError, build_mail, clean_header, message_id_of
from services.notifier.rendered import RenderedEmail
from services.notifier.return_path import ReturnPath
from tests.unit.services.notifier.channels.mails import mail

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
headers = st.text(max_size=300) | st.text('аї🙂é x"\\\\=?', max_size=300)
wild = st.text(max_size=120) | st.text('аб\r\n\t =?_"\\<>@,:;.\x00é🙂', max_size=120)


def parsed(message: RenderedEmail) -> EmailMessage:
    found = message_from_bytes(build_mail(message).content, policy=policy.default)
    assert found.defects == []
    return found


def body(message: EmailMessage, subtype: str) -> str:
    part = message.get_body((subtype,))
    assert part is not None
    content: str = part.get_content()
    return content


def lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def trimmed(text: str) -> str:
    """Without spaces at the ends of lines, which say in flowed text that it goes on."""
    return "\n".join(each if each == "-- " else each.rstrip(" ") for each in text.split("\n"))


def test_a_mail_says_who_what_when_and_in_which_language() -> None:
    found = parsed(mail())

    assert {name: str(found[name]) for name in found} == {
        "From": "Shop <orders@shop.example>",
        "To": "Олена Коваль <olena@example.org>",
        "Reply-To": "people@shop.example",
        "Subject": "Your order 1001 is on its way",
        "Date": "Tue, 24 Nov 2026 10:00:00 +0000",
        "Message-ID": "<9f1c2d3e-0000-4000-8000-000000000001.0@shop.example>",
        "Content-Language": "en",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": found["Content-Type"],
    }
    assert found.get_content_type() == "multipart/alternative"


def test_marketing_is_stopped_by_one_click_of_the_mail_program() -> None:
    url = "https://notify.example/s/AbCdEfGhIjKlMnOpQrSt"
    found = parsed(mail(stop_url=url))

    assert found["List-Unsubscribe"] == f"<{url}>"
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_text_comes_before_the_html_so_that_readers_prefer_the_html() -> None:
    kinds = [part.get_content_type() for part in parsed(mail()).iter_parts()]

    assert kinds == ["text/plain", "text/html"]


def test_it_comes_back_to_the_return_path_and_is_the_same_mail_otherwise() -> None:
    path = ReturnPath("bounces@notify.example", b"key")
    plain, returnable = build_mail(mail()), build_mail(mail(), path)
    assert plain.sender == "orders@shop.example"
    assert returnable.sender == path.of(mail().notification_id)
    assert (returnable.content, returnable.message_id) == (plain.content, plain.message_id)


def test_an_id_that_fits_no_return_path_comes_back_to_the_shop() -> None:
    path = ReturnPath("bounces@notify.example", b"key")
    assert build_mail(mail(notification_id="Strange id"), path).sender == "orders@shop.example"


def test_the_same_message_is_the_same_bytes() -> None:
    assert build_mail(mail()).content == build_mail(mail()).content


def test_another_notification_is_another_message_id_and_another_boundary() -> None:
    first = parsed(mail())
    second = parsed(mail(notification_id="other.0"))

    assert first["Message-ID"] != second["Message-ID"]
    assert first.get_boundary() != second.get_boundary()


@given(text=texts, html=texts)
@example(text=".\n..\n.a\n", html="From here\n=20\n" + "ї" * 500)
@example(text="trailing \n\t\n", html="a" * 2000)
def test_any_body_is_read_back_as_it_was_written(text: str, html: str) -> None:
    found = parsed(mail(text=text, html=html))

    assert unflowed(lines(body(found, "plain"))) == trimmed(lines(text))
    assert lines(body(found, "html")) == lines(html)


@given(text=texts, html=texts)
def test_what_goes_over_the_wire_is_seven_bit_in_short_lines(text: str, html: str) -> None:
    content = build_mail(mail(text=text, html=html)).content

    assert content.isascii()
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 78


@given(subject=wild)
@example(subject="x" * 900)
@example(subject="=?utf-8?b?SGk=?=")
@example(subject="Hi\r\nBcc: all@example.org")
@example(subject="word " * 100)
def test_any_subject_is_read_back_on_one_line(subject: str) -> None:
    found = parsed(mail(subject=subject))

    assert str(found["Subject"]) == clean_header(subject)
    assert found["Bcc"] is None


@given(name=wild)
@example(name='Ann "the\\ best" <x@y>, Ltd.')
@example(name="Ann\r\nBcc: all@example.org")
@example(name="a" * 500)
def test_any_name_stays_a_name_and_adds_no_recipient(name: str) -> None:
    raw = message_from_bytes(build_mail(mail(to_name=name)).content)
    found, address = parseaddr(raw["To"])

    assert address == "olena@example.org"
    # Not `addresses[0].display_name`: it puts spaces between the words of a long encoded name.
    assert str(make_header(decode_header(found))) == clean_header(name)
    assert [each.addr_spec for each in parsed(mail(to_name=name))["To"].addresses] == [address]
    assert raw["Bcc"] is None


@given(subject=wild, name=wild, language=wild)
def test_whatever_the_texts_there_are_no_more_headers_than_ours(
    subject: str, name: str, language: str
) -> None:
    usual = parsed(mail()).keys()

    found = parsed(mail(subject=subject, to_name=name, from_name=name, language=language))

    assert found.keys() == usual


def head_of(message: RenderedEmail) -> list[bytes]:
    """The lines of its headers."""
    return build_mail(message).content.partition(b"\r\n\r\n")[0].split(b"\r\n")


@given(subject=headers, name=headers, language=headers)
@example(subject="🙂" * 300, name="🙂" * 300, language="🙂" * 300)
@example(subject="ї" * 20 + "🙂", name="ї" * 20, language="ї" * 14)
@example(subject="x" * 75, name='"' * 66, language="x" * 70)
def test_no_line_of_a_header_is_too_long(subject: str, name: str, language: str) -> None:
    message = mail(subject=subject, to_name=name, from_name=name, language=language)

    for line in head_of(message):
        assert len(line) <= (76 if b"=?" in line else 78), line  # RFC 2047 section 2, RFC 5322
        assert all(len(word) <= 75 for word in line.split(b" ") if b"=?" in word), line


def test_characters_that_turn_the_direction_of_a_name_are_left_out() -> None:
    assert clean_header("Shop\u202egpj.exe\u2066") == "Shopgpj.exe"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "olena",
        "olena@",
        "@example.org",
        "a b@example.org",
        "olena@example.org\r\nBcc: all@example.org",
        "olena@example.org>",
        "a@example.org,b@example.org",
        "a..b@example.org",
        f"{'a' * 300}@example.org",
    ],
)
@pytest.mark.parametrize("field", ["to", "from_address", "reply_to"])
def test_what_is_no_address_is_refused(field: str, address: str) -> None:
    if field == "reply_to" and not address:
        return
    with pytest.raises(AddressError) as caught:
        build_mail(mail(**{field: address}))

    assert "olena" not in str(caught.value)


def test_a_domain_in_another_script_becomes_punycode() -> None:
    built = build_mail(mail(to="olena@пошта.example"))

    assert built.recipient == "olena@xn--80a1acn3a.example"
    assert not built.needs_smtputf8


def test_a_mailbox_in_another_script_needs_a_server_that_speaks_utf_8() -> None:
    built = build_mail(mail(to="олена@пошта.example"))

    assert built.needs_smtputf8
    assert "олена@".encode() in built.content


@pytest.mark.parametrize("strange", ["a b", "a@b", "id>", "п", ".a", "a..b", "a\r\nb", "x" * 100])
def test_a_strange_id_still_makes_a_sound_message_id(strange: str) -> None:
    name = message_id_of(strange, "orders@shop.example")

    assert name.endswith("@shop.example>")
    assert len(name) < 100
    assert name == message_id_of(strange, "orders@shop.example")
    assert parsed(mail(notification_id=strange))["Message-ID"] == name
