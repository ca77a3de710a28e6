"""Mail, handed to an SMTP server with aiosmtplib.

The dialogue is led here command by command, because the moment matters: until the body is
written a lost connection means "not sent", after it nobody knows.
"""

import asyncio
import re
import ssl
from datetime import datetime
from enum import StrEnum

import aiosmtplib

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.channels.base import PRIMARY, PermanentError, SendError, Tells
from services.notifier.channels.dkim_key import CannotSignError
from services.notifier.channels.letters import Letters
from services.notifier.channels.mime import AddressError, Mail, mail_address
from services.notifier.channels.smtp_dialogue import Dialogue
from services.notifier.channels.smtp_pool import PoolLimits, SmtpPool
from services.notifier.channels.smtp_url import SmtpServer
from services.notifier.channels.verdicts import Verdict, error_of
from services.notifier.rendered import RenderedEmail

_START_INPUT, _COMPLETED, _WILL_FORWARD, _CLOSING = 354, 250, 251, 421
_REFUSALS = 5
"""The first digit of replies that mean: not even later."""
_ENHANCED = re.compile(r"^([245])\.(\d{1,3})\.(\d{1,3})\b")
_RELAYING = re.compile(r"\brelay", re.IGNORECASE)

ENHANCED_CODES: dict[str, Verdict] = {
    # RFC 3463 and the IANA registry of enhanced status codes; 5.7.26 is Google's, 5.7.515
    # Microsoft's: mail of this domain is not authenticated.
    "5.1.1": Verdict.BAD_ADDRESS,
    "5.1.2": Verdict.BAD_ADDRESS,
    "5.1.3": Verdict.BAD_ADDRESS,
    "5.1.6": Verdict.BAD_ADDRESS,
    "5.1.10": Verdict.BAD_ADDRESS,
    "5.2.1": Verdict.BAD_ADDRESS,
    "5.1.7": Verdict.SHOPS_FAULT,
    "5.1.8": Verdict.SHOPS_FAULT,
    "5.7.0": Verdict.OUR_FAULT,
    "5.7.8": Verdict.OUR_FAULT,
    "5.7.9": Verdict.OUR_FAULT,
    "5.7.26": Verdict.SHOPS_FAULT,
    "5.7.515": Verdict.SHOPS_FAULT,
    "4.7.28": Verdict.TOO_FAST,
}
CODES: dict[int, Verdict] = {
    # RFC 5321 section 4.2.3 and RFC 4954 section 6
    530: Verdict.OUR_FAULT,
    534: Verdict.OUR_FAULT,
    535: Verdict.OUR_FAULT,
    538: Verdict.OUR_FAULT,
}


class Stage(StrEnum):
    """How far a mail came."""

    CONNECTING = "connecting"  # the greeting, TLS, the login, or RSET after another mail
    SENDER = "sender"  # MAIL FROM
    RECIPIENT = "recipient"  # RCPT TO
    DATA = "data"
    BODY = "body"  # written: from here on the server may have accepted it


_BEFORE_THE_RECIPIENT = frozenset({Stage.CONNECTING, Stage.SENDER})
"""A refusal for good means us there."""
_LATER_AT: dict[str, frozenset[Stage]] = {
    # By the subject of an enhanced status code (RFC 3463 section 3), "" without one: where "try
    # again" is about the server. Elsewhere it is about this mail or its recipient: greylisting
    # (4.7.1 at RCPT or after the body), a full mailbox (4.2.2), a domain that DNS does not answer
    # for (4.1.2), a server of the recipient's that does not answer the relay (4.4.1).
    "1": frozenset(),
    "2": frozenset(),
    "3": frozenset(Stage),
    "4": frozenset(Stage) - {Stage.RECIPIENT},
    "5": frozenset(Stage) - {Stage.RECIPIENT},
    "6": frozenset(),
    "7": _BEFORE_THE_RECIPIENT,
    "": frozenset(Stage) - {Stage.RECIPIENT},
}


def verdict_of(code: int, text: str, stage: Stage = Stage.RECIPIENT) -> Verdict:
    """What a reply means that came at this stage."""
    enhanced = enhanced_code(text)
    if enhanced in ENHANCED_CODES:
        return ENHANCED_CODES[enhanced]
    if code == _CLOSING and enhanced.startswith("4.7."):
        return Verdict.TOO_FAST  # the server ends the connection because of what we do
    if enhanced == "5.7.1" and _RELAYING.search(text):
        return Verdict.OUR_FAULT  # "relaying denied": we did not log in, or may not send
    if code in CODES:
        return CODES[code]
    if code // 100 == _REFUSALS:
        return Verdict.OUR_FAULT if stage in _BEFORE_THE_RECIPIENT else Verdict.REFUSED
    subject = enhanced.split(".")[1] if enhanced else ""
    is_about_the_server = code == _CLOSING or stage in _LATER_AT.get(subject, frozenset(Stage))
    return Verdict.LATER if is_about_the_server else Verdict.NOT_NOW


def enhanced_code(text: str) -> str:
    """The enhanced status code at the start of a reply (RFC 2034), or nothing."""
    found = _ENHANCED.match(text)
    return ".".join(found.groups()) if found else ""


def translate(error: Exception, stage: Stage) -> SendError:
    """The error of the SMTP library, in our words."""
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code > 0:
        return _translate_reply(error, stage)
    if stage is Stage.BODY:
        return error_of(Verdict.UNKNOWN, type(error).__name__)
    if _is_our_fault(error):
        return error_of(Verdict.OUR_FAULT, type(error).__name__)
    return error_of(Verdict.LATER, type(error).__name__)


def _translate_reply(error: aiosmtplib.SMTPResponseException, stage: Stage) -> SendError:
    verdict = verdict_of(error.code, error.message, stage)
    return error_of(verdict, f"{error.code} {enhanced_code(error.message)}".strip())


def _is_our_fault(error: Exception) -> bool:
    if isinstance(error, ssl.SSLCertVerificationError):
        return True
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return True
    # The bare class is raised for one thing: the server offers no login that we could use.
    return type(error) is aiosmtplib.SMTPException


class EmailSender:
    """Hands mail to one SMTP server. The provider's name for a mail is its Message-ID.

    `timeout`, in seconds, is over the whole dialogue: after it a send has ended, one way or the
    other. A relay cannot be asked what it took. `letters` build the mails, and may be shared with
    another sender; without them no mail is signed, and all come back to the shop.
    """

    channel = Channel.EMAIL
    can_be_asked = False

    def __init__(
        self,
        server: SmtpServer,
        *,
        local_hostname: str,
        name: str = PRIMARY,
        limits: PoolLimits | None = None,
        timeout: float = 10.0,
        letters: Letters | None = None,
    ) -> None:
        self.name = name
        self._pool = SmtpPool(server, limits or PoolLimits(), local_hostname=local_hostname)
        self._timeout = timeout
        self._letters = letters or Letters()

    async def send(self, message: RenderedEmail) -> str:
        """Hands the mail over and returns its Message-ID. Raises SendError."""
        mail = await self._written(message)
        delivery = _Delivery(mail)
        try:
            async with asyncio.timeout(self._timeout):
                await self._hand_over(delivery)
        except (aiosmtplib.SMTPException, OSError) as error:
            raise translate(error, delivery.stage) from error
        return mail.message_id

    async def _written(self, message: RenderedEmail) -> Mail:
        try:
            return await self._letters.written(message)
        except AddressError as error:
            raise _address_error(message) from error
        except CannotSignError as error:
            raise error_of(Verdict.SHOPS_FAULT, str(error)) from error

    async def _hand_over(self, delivery: "_Delivery") -> None:
        """Over a connection that rested, the first command finds out whether the server ended it
        meanwhile. Then nothing was handed over, nobody is at fault, and another one is taken."""
        is_new = False
        while True:
            delivery.stage = Stage.CONNECTING
            try:
                async with self._pool.connection() as connection:
                    is_new = connection.messages == 0
                    await delivery.run(connection.dialogue)
                    return
            except aiosmtplib.SMTPServerDisconnected:
                if is_new or delivery.stage is not Stage.SENDER:
                    raise

    async def find(self, message: RenderedEmail, since: datetime) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing: SMTP has no such question."""
        return ()

    async def close(self) -> None:
        """Ends the connections."""
        await self._pool.close()
        self._letters.close()


class _Delivery:
    """One mail on its way over one connection."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self.stage = Stage.CONNECTING

    async def run(self, dialogue: Dialogue) -> None:
        commands = self._commands(dialogue)
        if dialogue.takes_groups:
            await self._send_at_once(dialogue, commands)
        else:
            for stage, command in zip(_ENVELOPE, commands, strict=True):
                self.stage = stage
                dialogue.say(command)
                _expect(stage, await dialogue.reply())
        dialogue.hand_over(self._mail.content)
        self.stage = Stage.BODY
        _expect(Stage.BODY, await dialogue.reply())

    def _commands(self, dialogue: Dialogue) -> tuple[bytes, bytes, bytes]:
        option, encoding = b"", "ascii"
        if self._mail.needs_smtputf8:
            if not dialogue.takes_utf8:
                raise PermanentError("SMTPUTF8", Reason.INVALID_ADDRESS, address_is_bad=True)
            option, encoding = b" SMTPUTF8", "utf-8"
        sender, recipient = (
            self._mail.sender.encode(encoding),
            self._mail.recipient.encode(encoding),
        )
        return b"MAIL FROM:<" + sender + b">" + option, b"RCPT TO:<" + recipient + b">", b"DATA"

    async def _send_at_once(self, dialogue: Dialogue, commands: tuple[bytes, ...]) -> None:
        """One round trip instead of three. The first refusal is the one that counts; the replies
        behind it are read, so that the next mail gets its own."""
        self.stage = Stage.SENDER
        dialogue.say(*commands)
        refusal: aiosmtplib.SMTPResponseException | None = None
        for stage in _ENVELOPE:
            if refusal is None:
                self.stage = stage
            try:
                _expect(stage, await dialogue.reply())
            except aiosmtplib.SMTPResponseException as error:
                refusal = refusal or error
            except aiosmtplib.SMTPServerDisconnected:
                if refusal is None:
                    raise
                break
            else:
                if refusal is not None and stage is Stage.DATA:
                    dialogue.close()  # it waits for a mail that goes to nobody
        if refusal is not None:
            raise refusal


_ENVELOPE = (Stage.SENDER, Stage.RECIPIENT, Stage.DATA)
_WANTED: dict[Stage, frozenset[int]] = {
    Stage.SENDER: frozenset({_COMPLETED}),
    Stage.RECIPIENT: frozenset({_COMPLETED, _WILL_FORWARD}),
    Stage.DATA: frozenset({_START_INPUT}),
    Stage.BODY: frozenset({_COMPLETED}),
}


def _expect(stage: Stage, reply: aiosmtplib.SMTPResponse) -> None:
    if reply.code not in _WANTED[stage]:
        raise aiosmtplib.SMTPResponseException(reply.code, reply.message)


def _address_error(message: RenderedEmail) -> SendError:
    """Whose address it was: the customer's, or that of the shop, which is configuration."""
    try:
        mail_address(message.to)
    except AddressError:
        return PermanentError(
            "address", Reason.INVALID_ADDRESS, address_is_bad=True, tells=Tells.NOTHING
        )
    return error_of(Verdict.SHOPS_FAULT, "sender address")
