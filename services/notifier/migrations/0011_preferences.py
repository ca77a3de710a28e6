"""What people chose on our page."""

from alembic import op

revision = "notifier_0011"
down_revision = "notifier_0010"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # As `headsup.customer.preferences.v1` has it (JSON); `at` is when they last chose (business
    # time).
    """
    CREATE TABLE notifier.preferences (
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        chosen      bytea       NOT NULL,
        at          timestamptz NOT NULL,
        PRIMARY KEY (source, customer_id)
    )
    """,
)
BACK: tuple[str, ...] = ("DROP TABLE notifier.preferences",)


def upgrade() -> None:
    """Adds a table."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it: only the shop knows then what they chose."""
    for statement in BACK:
        op.execute(statement)
