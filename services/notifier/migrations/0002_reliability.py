"""The order of messages within an order, the sender of an attempt, what is in doubt, what is held,
receipts, and the evidence of attempts."""

from alembic import op

revision = "notifier_0002"
down_revision = "notifier_0001"
branch_labels = None
depends_on = None

COLUMNS = (
    # In the order in which they were planned: messages of one order keep it on each channel.
    "seq bigint GENERATED ALWAYS AS IDENTITY",
    "source text",
    "order_id text",
    # Who was given the last attempt.
    "sender text",
    # When the first attempt began of which nobody knows how it ended (real time), and the business
    # time that the message was written for: written again, it has the same words.
    "tried_at timestamptz",
    "written_at timestamptz",
    # What the provider was given, written before the call and kept while that attempt is in doubt.
    # Not for mail, of which a copy does no harm.
    "words text",
    # When it ends if it was not sent by then (business time): its news is old, or at once, because
    # it was withdrawn.
    "over_at timestamptz",
    # The partition that brought it, while that partition is catching up: newer news may follow.
    "held smallint",
    # The provider's last word about it.
    "receipt text",
)
STATEMENTS = (
    *(f"ALTER TABLE notifier.notifications ADD COLUMN {column}" for column in COLUMNS),
    # Before this there was a call whether words were kept or not.
    """
    UPDATE notifier.notifications AS n
    SET source = r.source, order_id = r.order_id, over_at = r.expires_at,
        tried_at = CASE WHEN n.state = 'sending' OR n.reason = 'no_answer' THEN n.due_at END,
        words = CASE WHEN n.state = 'sending' OR n.reason = 'no_answer' THEN '' END
    FROM notifier.requests AS r WHERE r.id = n.request_id
    """,
    "ALTER TABLE notifier.notifications ALTER COLUMN source SET NOT NULL",
    "ALTER TABLE notifier.notifications ALTER COLUMN order_id SET NOT NULL",
    "ALTER TABLE notifier.notifications ALTER COLUMN over_at SET NOT NULL",
    # Whether an earlier message of the same order still waits.
    """
    CREATE INDEX notifications_in_line ON notifier.notifications (order_id, source, seq)
    WHERE state IN ('planned', 'sending')
    """,
    """
    CREATE INDEX notifications_over ON notifier.notifications (channel, over_at)
    WHERE state IN ('planned', 'sending')
    """,
    "CREATE INDEX notifications_held ON notifier.notifications (held) WHERE held IS NOT NULL",
    # Which of the provider's messages are accounted for.
    """
    CREATE INDEX notifications_of_provider ON notifier.notifications (provider_ref)
    WHERE channel = 'sms' AND provider_ref IS NOT NULL
    """,
    # Every attempt but those that succeeded at once, and results that came too late to count.
    """
    CREATE TABLE notifier.attempts (
        notification_id text        NOT NULL,
        attempt         integer     NOT NULL,
        sender          text,
        ended_at        timestamptz NOT NULL DEFAULT now(),
        state           text        NOT NULL,
        reason          text,
        code            text,
        provider_ref    text,
        counted         boolean     NOT NULL
    )
    """,
    "CREATE INDEX ON notifier.attempts (notification_id)",
)


BACK = (
    "DROP TABLE notifier.attempts",
    "DROP INDEX notifier.notifications_of_provider",
    *(f"ALTER TABLE notifier.notifications DROP COLUMN {column.split()[0]}" for column in COLUMNS),
)


def upgrade() -> None:
    """Adds columns and tables."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them, and with them the evidence."""
    for statement in BACK:
        op.execute(statement)
