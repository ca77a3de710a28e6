"""What people write to us by SMS, and what an SMS cost."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0015"
down_revision = "notifier_0014"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # What somebody wanted who wrote from a number: when they last said so (real time), and when
    # they were last answered (business time). What they wrote is kept nowhere.
    """
    CREATE TABLE notifier.wishes (
        address     text        NOT NULL,
        wish        text        NOT NULL,
        said_at     timestamptz NOT NULL,
        answered_at timestamptz,
        PRIMARY KEY (address, wish)
    )
    """,
    # Which opt-out of marketing came with a STOP, and which there was before it, so that START
    # takes back that one and no other (business time).
    """
    CREATE TABLE notifier.stopped_numbers (
        source  text        NOT NULL,
        address text        NOT NULL,
        at      timestamptz NOT NULL,
        before  timestamptz,
        PRIMARY KEY (source, address)
    )
    """,
    "CREATE INDEX ON notifier.stopped_numbers (address)",
)
BACK: tuple[str, ...] = (
    "DROP TABLE notifier.stopped_numbers",
    "DROP TABLE notifier.wishes",
)


def upgrade() -> None:
    """Adds two tables, two columns and an index."""
    # By how many parts it is billed, and in which letters it was written. Of text messages only.
    online.add_columns("notifier.notifications", "segments smallint", "lettering text")
    # Whose messages went to a number.
    online.build_index(
        "notifier.notifications_by_number",
        "notifier.notifications (address, seq) WHERE channel IN ('sms', 'whatsapp')",
    )
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: START then finds nothing to take back but the suppressions."""
    online.drop_index("notifier.notifications_by_number")
    online.drop_columns("notifier.notifications", "segments", "lettering")
    for statement in BACK:
        op.execute(statement)
