"""With which keys rows are written."""

from alembic import op

revision = "order_events_0005"
down_revision = "order_events_0004"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # The ids of the keys with which somebody's name and addresses are sealed in `orders.facts`, and
    # of each something that only it opens. Empty where nothing is sealed. The key is not here.
    """
    CREATE TABLE order_events.address_keys (
        id    text        PRIMARY KEY,
        proof text        NOT NULL,
        since timestamptz NOT NULL DEFAULT now()
    )
    """,
)
BACK: tuple[str, ...] = ("DROP TABLE order_events.address_keys",)


def upgrade() -> None:
    """Adds a table."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it. Everything has to be in clear again: an older version reads no seals."""
    for statement in BACK:
        op.execute(statement)
