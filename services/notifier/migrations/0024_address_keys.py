"""With which keys rows are written."""

from alembic import op

revision = "notifier_0024"
down_revision = "notifier_0023"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # The ids of the keys with which names and addresses are sealed in rows of this schema, and of
    # each something that only it opens. Empty where nothing is sealed. The key is not here.
    """
    CREATE TABLE notifier.address_keys (
        id    text        PRIMARY KEY,
        proof text        NOT NULL,
        since timestamptz NOT NULL DEFAULT now()
    )
    """,
)
BACK: tuple[str, ...] = ("DROP TABLE notifier.address_keys",)


def upgrade() -> None:
    """Adds a table."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it. Everything has to be in clear again: an older version reads no seals."""
    for statement in BACK:
        op.execute(statement)
