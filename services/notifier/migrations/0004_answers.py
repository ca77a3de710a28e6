"""What customers answered, which questions were sent to which number, and orders in trouble."""

from alembic import op

revision = "notifier_0004"
down_revision = "notifier_0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Every answer that differs from the one before it; the last one counts. `ref` is the provider's
    # name for what the customer wrote, so that it counts once however often it is brought.
    """
    CREATE TABLE notifier.replies (
        request_id text        NOT NULL,
        number     integer     NOT NULL,
        answer     text        NOT NULL,
        channel    text        NOT NULL,
        at         timestamptz NOT NULL,
        ref        text,
        PRIMARY KEY (request_id, number)
    )
    """,
    # What a message asks, and an index over the text messages that ask: a word that comes back
    # names nothing but the number that it comes from.
    "ALTER TABLE notifier.notifications ADD COLUMN question text",
    """
    CREATE INDEX notifications_asked ON notifier.notifications (address, seq)
    WHERE channel = 'sms' AND question IS NOT NULL
    """,
    """
    CREATE TABLE notifier.troubles (
        source      text        NOT NULL,
        order_id    text        NOT NULL,
        customer_id text        NOT NULL,
        since       timestamptz NOT NULL,
        PRIMARY KEY (source, order_id)
    )
    """,
    "CREATE INDEX ON notifier.troubles (customer_id, source)",
)
BACK = (
    "DROP TABLE notifier.troubles",
    "DROP INDEX notifier.notifications_asked",
    "ALTER TABLE notifier.notifications DROP COLUMN question",
    "DROP TABLE notifier.replies",
)


def upgrade() -> None:
    """Adds tables and a column."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them, and with them what customers said."""
    for statement in BACK:
        op.execute(statement)
