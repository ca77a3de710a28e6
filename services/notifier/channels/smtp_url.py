"""`SMTP_URL`: where mail is handed over, as one address.

    smtp://user:password@host:port      STARTTLS, or not at all: the password goes over TLS only
    smtp://host:port                    STARTTLS when the server offers it
    smtp://host:port?starttls=always    or not at all; `never`, or `auto`: when it is offered
    smtps://user:password@host:port     TLS from the first byte

A server on this machine is asked for nothing but what it offers. Wherever there is TLS, the
server's certificate and its name are verified.

User and password are percent-encoded. Ports, when none is given: 587 with a user, 25 without
(RFC 6409), 465 for smtps (RFC 8314).
"""

from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from headsup.hosts import can_be_host, is_here

_SUBMISSION, _RELAY, _SUBMISSIONS = 587, 25, 465
_STARTTLS = {"auto": None, "always": True, "never": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where and how to hand mail over."""

    host: str
    port: int
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    use_tls: bool = False
    start_tls: bool | None = None
    """True: or not at all. None: when the server offers it. False: never."""

    @property
    def may_go_in_plain(self) -> bool:
        """Whether somebody on the way could read what is handed over."""
        return not (self.use_tls or self.start_tls or is_here(self.host))


def parse_smtp_url(url: str) -> SmtpServer:
    """Reads `SMTP_URL`. Raises ValueError with a sentence that holds nothing of the address."""
    parts = _split(url)
    use_tls = parts.scheme == "smtps"
    user, password = parts.username, parts.password
    if password is not None and not user:
        raise ValueError("SMTP_URL has a password but no user.")
    port = parts.port or (_SUBMISSIONS if use_tls else _SUBMISSION if user else _RELAY)
    return SmtpServer(
        host=parts.hostname or "",
        port=port,
        username=unquote(user) if user else None,
        password=unquote(password) if password is not None else None,
        use_tls=use_tls,
        start_tls=False if use_tls else _starttls(parts.query, _default(parts)),
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port_is_wrong = parts.port == 0
    except ValueError:  # its text quotes the address, with the password
        port_is_wrong = True
    if port_is_wrong:
        raise ValueError("SMTP_URL has a port that is no number from 1 to 65535.") from None
    if parts.scheme not in {"smtp", "smtps"}:
        raise ValueError("SMTP_URL must start with smtp:// or smtps://.")
    if not parts.hostname or not can_be_host(parts.hostname):
        raise ValueError("SMTP_URL names no host: smtp://user:password@host:port.")
    if parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(
            "SMTP_URL must end after the port: percent-encode /, # and ? in user and password."
        )
    return parts


def _default(parts: SplitResult) -> str:
    """Whoever sits on the way could strike out the offer, and read the password."""
    return "always" if parts.password and not is_here(parts.hostname or "") else "auto"


def _starttls(query: str, default: str) -> bool | None:
    options = dict(parse_qsl(query, keep_blank_values=True))
    mode = options.pop("starttls", default)
    if options:
        raise ValueError("SMTP_URL knows one option: starttls.")
    if mode not in _STARTTLS:
        raise ValueError(f"SMTP_URL: starttls is one of {', '.join(_STARTTLS)}.")
    return _STARTTLS[mode]
