"""Mails that come back: what a mail server writes to whom a mail came from, when it took the mail
and then could not deliver it (RFC 3464)."""

import asyncio
from dataclasses import dataclass
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import aiosmtplib

SUBJECT = "Undelivered Mail Returned to Sender"
_US = "mx.sandbox.example"


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail that could not be delivered."""

    sender: str
    """Of the envelope: whom it goes back to."""
    recipient: str
    content: bytes


def report(returned: Returned, status: str = "5.1.1") -> MIMEMultipart:
    """The mail that says so, as Postfix writes it."""
    made = MIMEMultipart("report", report_type="delivery-status")
    made["From"] = f"MAILER-DAEMON@{_US} (Mail Delivery System)"
    made["To"] = returned.sender
    made["Subject"] = SUBJECT
    made["Auto-Submitted"] = "auto-replied"
    made.attach(MIMEText("I'm sorry to have to inform you that it could not be delivered.\n"))
    made.attach(_status(returned.recipient, status))
    headers = MIMEText(_headers(returned.content), "rfc822-headers")
    made.attach(headers)
    return made


def _status(recipient: str, status: str) -> Message:
    of_all, of_one, part = Message(), Message(), Message()
    of_all["Reporting-MTA"] = f"dns; {_US}"
    of_one["Final-Recipient"] = f"rfc822; {recipient}"
    of_one["Original-Recipient"] = f"rfc822;{recipient}"
    of_one["Action"] = "failed"
    of_one["Status"] = status
    of_one["Diagnostic-Code"] = f"smtp; 550 {status} Recipient address rejected"
    part["Content-Type"] = "message/delivery-status"
    part.set_payload([of_all, of_one])
    return part


def _headers(content: bytes) -> str:
    head = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return head.decode("ascii", "replace") + "\n"


class BouncePost:
    """Sends returned mails to whoever takes them, such as the notifier's port for them."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._tasks: set[asyncio.Task[None]] = set()
        self.failures: list[Exception] = []
        """What went wrong on the way; a mail server would try again."""

    def send(self, returned: Returned) -> None:
        """Sends it soon, beside everything else."""
        task = asyncio.create_task(self._send(returned))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Waits for what is on its way."""
        await asyncio.gather(*self._tasks)

    async def _send(self, returned: Returned) -> None:
        smtp = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            local_hostname=_US,
            start_tls=False,
            timeout=10,
        )
        try:
            async with smtp:
                await smtp.mail("")  # so that nobody answers it (RFC 3464 section 2)
                await smtp.rcpt(returned.sender)
                await smtp.data(report(returned).as_bytes())
        except (aiosmtplib.SMTPException, OSError) as error:
            self.failures.append(error)
