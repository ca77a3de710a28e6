"""When somebody may be disturbed, and how often."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0012"
down_revision = "notifier_0011"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # Which messages somebody was sent on a day of their shop's, by each of their keys.
    """
    CREATE TABLE notifier.counted (
        source   text   NOT NULL,
        who      text   NOT NULL,
        day      date   NOT NULL,
        messages text[] NOT NULL,
        PRIMARY KEY (source, who, day)
    )
    """,
    # Days come in order, so this is enough to find those that are to be forgotten.
    "CREATE INDEX ON notifier.counted USING brin (day)",
)
BACK: tuple[str, ...] = ("DROP TABLE notifier.counted",)


def upgrade() -> None:
    """Adds two columns and a table."""
    # What a message waits for, though it could be sent: `quiet.HeldFor`.
    online.add_columns("notifier.notifications", "held_for text")
    # The group and the thing: newer news of the same takes the place of what was held.
    online.add_columns("notifier.requests", "about text")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: what is held is sent when it is due, whatever was counted."""
    online.drop_columns("notifier.requests", "about")
    online.drop_columns("notifier.notifications", "held_for")
    for statement in BACK:
        op.execute(statement)
