"""By when a receipt is awaited, and WhatsApp's window."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0014"
down_revision = "notifier_0013"
branch_labels = None
depends_on = None

COLUMNS = (
    # When nobody waits for a receipt any longer (real time); none is awaited where it is null.
    "receipt_by timestamptz",
    # When the next channel took over, or would have, because none had come (business time).
    "overdue_at timestamptz",
    # Why this one takes the place of another.
    "because text",
)
STATEMENTS: tuple[str, ...] = (
    # When somebody last wrote to us on WhatsApp, by their number (E.164), in real time.
    """
    CREATE TABLE notifier.whatsapp_windows (
        number   text        PRIMARY KEY,
        wrote_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ON notifier.whatsapp_windows (wrote_at)",
    # From where carriers report that a text message arrived, by the beginning of a number; the
    # last time, in real time.
    """
    CREATE TABLE notifier.reporting (
        sender      text        NOT NULL,
        beginning   text        NOT NULL,
        reported_at timestamptz NOT NULL,
        PRIMARY KEY (sender, beginning)
    )
    """,
)
BACK: tuple[str, ...] = (
    "DROP TABLE notifier.reporting",
    "DROP TABLE notifier.whatsapp_windows",
)


def upgrade() -> None:
    """Adds columns and tables."""
    online.add_columns("notifier.notifications", *COLUMNS)
    # What a sweep reads, and nothing else: its size is what is awaited.
    online.build_index(
        "notifier.notifications_awaited",
        "notifier.notifications (receipt_by) WHERE receipt_by IS NOT NULL",
    )
    # Which of Twilio's messages are accounted for, by whichever channel.
    online.build_index(
        "notifier.notifications_of_twilio",
        "notifier.notifications (provider_ref)"
        " WHERE channel IN ('sms', 'whatsapp') AND provider_ref IS NOT NULL",
    )
    online.drop_index("notifier.notifications_of_provider")
    online.build_index(
        "notifier.notifications_asked_by_whatsapp",
        "notifier.notifications (address, seq) WHERE channel = 'whatsapp' AND question IS NOT NULL",
    )
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: what is awaited is awaited for ever."""
    online.drop_index("notifier.notifications_asked_by_whatsapp")
    online.build_index(
        "notifier.notifications_of_provider",
        "notifier.notifications (provider_ref) WHERE channel = 'sms' AND provider_ref IS NOT NULL",
    )
    online.drop_index("notifier.notifications_of_twilio")
    online.drop_index("notifier.notifications_awaited")
    online.drop_columns("notifier.notifications", *(column.split()[0] for column in COLUMNS))
    for statement in BACK:
        op.execute(statement)
