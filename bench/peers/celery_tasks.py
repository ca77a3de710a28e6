"""The notifier as most Python shops have it: a Celery task that renders with Jinja2 and sends with
smtplib, over one open connection of each worker process.

Guarantees: with `acks_late` a worker that dies loses nothing, and what it had in hand is sent
again, also where it had been sent. Nobody asks whether the person may be written to, now, and
whether it is still true. That would cost it more. Redis with its usual settings loses the last
minute's work in a power cut.

Without CELERY_LEDGER there is no ledger: nobody knows afterwards what was sent to whom, a request
that comes twice is sent twice, and a mail of whose sending nothing is known fails with all others.
With it there is a row for each mail, written before and after the call, as shops have it that do
not want to write twice.
"""

import os
import smtplib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg  # type: ignore[import-not-found]
from celery import Celery
from celery.signals import worker_process_init, worker_process_shutdown

from bench.peers.plain_mail import PlainMail

SENT = "mails_sent"
"""Where the workers leave, when they end, how many mails they sent."""
PREFETCHED = 16
"""Short tasks: to fetch them one by one would cost more than to do them."""
app: Any = Celery("mails", broker=os.environ.get("CELERY_BROKER", "redis://127.0.0.1"))
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_serializer="json",
    worker_prefetch_multiplier=PREFETCHED,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
)


class Ledger:
    """A row for each mail, in PostgreSQL."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    @staticmethod
    def make(url: str) -> None:
        """Makes its table, empty."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS mails")
            connection.execute(
                "CREATE TABLE mails (id text PRIMARY KEY, order_id text NOT NULL,"
                " address text NOT NULL, state text NOT NULL,"
                " changed_at timestamptz NOT NULL DEFAULT now())"
            )

    def begin(self, request_id: str, data: Mapping[str, Any]) -> bool:
        """Whether this one was not begun before."""
        found = self._connection.execute(
            "INSERT INTO mails (id, order_id, address, state) VALUES (%s, %s, %s, 'sending')"
            " ON CONFLICT DO NOTHING",
            (request_id, data["order_id"], data["customer"]["email"]),
        )
        return bool(found.rowcount)

    def sent(self, request_id: str) -> None:
        """It went out."""
        self._connection.execute(
            "UPDATE mails SET state = 'sent', changed_at = now() WHERE id = %s", (request_id,)
        )


class Sender:
    """The templates and the connection of one process."""

    def __init__(self, port: int, ledger: str | None) -> None:
        self.sent = 0
        self._ledger = Ledger(ledger) if ledger else None
        self._mail = PlainMail.of(Path(os.environ["SHOPS"]), os.environ["SHOP"])
        self._smtp = smtplib.SMTP("127.0.0.1", port, local_hostname="bench.example")

    def send(self, request_id: str, data: Mapping[str, Any]) -> None:
        """Renders and sends; once more over a new connection where the server ended the old one."""
        if self._ledger and not self._ledger.begin(request_id, data):
            return
        mail = self._mail.write(data)
        envelope = "orders@shop.example", [data["customer"]["email"]], mail.as_bytes()
        try:
            self._smtp.sendmail(*envelope)
        except smtplib.SMTPServerDisconnected:
            self._smtp.connect("127.0.0.1", self._smtp._port)  # type: ignore[attr-defined]  # noqa: SLF001
            self._smtp.sendmail(*envelope)
        if self._ledger:
            self._ledger.sent(request_id)
        self.sent += 1


_of_this_process: list[Sender] = []


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    _of_this_process.append(Sender(int(os.environ["SMTP_PORT"]), os.environ.get("CELERY_LEDGER")))


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _end(**_: Any) -> None:
    with app.connection_for_write() as connection:
        connection.default_channel.client.incrby(SENT, sum(one.sent for one in _of_this_process))


@app.task  # type: ignore[untyped-decorator]
def confirm(request_id: str, data: Mapping[str, Any]) -> None:
    """Confirms an order by mail; `data` is that of a request of ours."""
    _of_this_process[0].send(request_id, data)
