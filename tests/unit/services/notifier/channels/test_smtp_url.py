"""SMTP_URL: what it may say, and what is said when it is wrong."""

import pytest

from services.notifier.channels.smtp_url import SmtpServer, parse_smtp_url


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://localhost", SmtpServer(host="localhost", port=25)),
        ("smtp://127.0.0.1:2525/", SmtpServer(host="127.0.0.1", port=2525)),
        ("smtp://[::1]:2525", SmtpServer(host="::1", port=2525)),
        (
            "smtp://shop:p%40ss%2F@mail.example",
            SmtpServer(
                host="mail.example", port=587, username="shop", password="p@ss/", start_tls=True
            ),
        ),
        (
            "smtp://shop:x@mail.example?starttls=auto",
            SmtpServer(host="mail.example", port=587, username="shop", password="x"),
        ),
        (
            "smtp://shop:x@localhost",
            SmtpServer(host="localhost", port=587, username="shop", password="x"),
        ),
        ("smtp://mail.example", SmtpServer(host="mail.example", port=25)),
        (
            "smtps://shop%40mail.example:x@mail.example",
            SmtpServer(
                host="mail.example",
                port=465,
                username="shop@mail.example",
                password="x",
                use_tls=True,
                start_tls=False,
            ),
        ),
        (
            "smtp://mail.example:25?starttls=always",
            SmtpServer(host="mail.example", port=25, start_tls=True),
        ),
        (
            "smtp://mail.example:25?starttls=never",
            SmtpServer(host="mail.example", port=25, start_tls=False),
        ),
    ],
)
def test_an_address_says_where_and_how(url: str, server: SmtpServer) -> None:
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "must start with smtp://"),
        ("http://shop:sesame@mail.example", "must start with smtp://"),
        ("smtp://", "names no host"),
        ("smtp://shop:sesame@", "names no host"),
        ("smtp://shop:sesame@mail..example", "names no host"),
        ("smtp://shop:sesame@mail.example:port", "a port that is no number"),
        ("smtp://shop:sesame@mail.example:70000", "a port that is no number"),
        ("smtp://shop:sesame@mail.example:0", "a port that is no number"),
        ("smtp://:sesame@mail.example", "a password but no user"),
        ("smtp://shop:ses/ame@mail.example", "a port that is no number"),
        ("smtp://mail.example/sesame", "percent-encode"),
        ("smtp://shop:sesame@mail.example?tls=1", "knows one option"),
        ("smtp://shop:sesame@mail.example?starttls=maybe", "auto, always, never"),
    ],
)
def test_a_wrong_address_is_named_without_its_password(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r"^SMTP_URL") as caught:
        parse_smtp_url(url)

    assert sentence in str(caught.value)
    assert "sesame" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("smtp://mail.example", True),
        ("smtp://shop:x@mail.example?starttls=auto", True),
        ("smtp://mail.example?starttls=never", True),
        ("smtp://shop:x@mail.example", False),
        ("smtp://mail.example?starttls=always", False),
        ("smtps://mail.example", False),
        ("smtp://127.0.0.1?starttls=never", False),
    ],
)
def test_whether_somebody_on_the_way_could_read_along(url: str, may: bool) -> None:
    assert parse_smtp_url(url).may_go_in_plain is may


def test_the_password_is_not_shown_with_the_server() -> None:
    assert "sesame" not in repr(parse_smtp_url("smtp://shop:sesame@mail.example"))
