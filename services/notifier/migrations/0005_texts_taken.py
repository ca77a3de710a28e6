"""Which text messages were taken in, so that those that a webhook missed can be told from the rest,
and the real time at which each answer came."""

from alembic import op

revision = "notifier_0005"
down_revision = "notifier_0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Twilio's names for them and nothing else: what a customer wrote is kept nowhere.
    """
    CREATE TABLE notifier.texts_taken (
        ref      text        PRIMARY KEY,
        taken_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "INSERT INTO notifier.texts_taken SELECT DISTINCT ref FROM notifier.replies"
    " WHERE channel = 'sms' AND ref IS NOT NULL",
    # Up to when Twilio's list was read through, by our name for the sender (real time).
    """
    CREATE TABLE notifier.texts_read (
        sender  text        PRIMARY KEY,
        up_to   timestamptz NOT NULL
    )
    """,
    "ALTER TABLE notifier.replies ADD COLUMN heard_at timestamptz NOT NULL DEFAULT now()",
)
BACK = (
    "ALTER TABLE notifier.replies DROP COLUMN heard_at",
    "DROP TABLE notifier.texts_read",
    "DROP TABLE notifier.texts_taken",
)


def upgrade() -> None:
    """Adds two tables and a column."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: what comes again counts again."""
    for statement in BACK:
        op.execute(statement)
