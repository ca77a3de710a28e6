"""Addresses that nothing is sent to, by shop and address instead of by customer, each with the
reason by which it ends or stays."""

from alembic import op

revision = "notifier_0003"
down_revision = "notifier_0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE notifier.suppressions (
        source  text        NOT NULL,
        address text        NOT NULL,
        reason  text        NOT NULL,
        code    text,
        since   timestamptz NOT NULL,
        PRIMARY KEY (source, address)
    )
    """,
    # Why they were refused was not kept: "refused" ends with the shop's newer word, as they did.
    """
    INSERT INTO notifier.suppressions (source, address, reason, since)
    SELECT source, address, 'refused', max(told_at)
    FROM notifier.people, unnest(refused) AS address
    GROUP BY source, address
    """,
    "ALTER TABLE notifier.people DROP COLUMN refused",
    # Rows that held nothing else.
    "DELETE FROM notifier.people WHERE entry IS NULL",
)
BACK = (
    "ALTER TABLE notifier.people ADD COLUMN refused text[] NOT NULL DEFAULT '{}'",
    "DROP TABLE notifier.suppressions",
)


def upgrade() -> None:
    """Creates the table and moves there what the people's rows held."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Forgets which addresses were refused."""
    for statement in BACK:
        op.execute(statement)
