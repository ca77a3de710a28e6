"""How often somebody was reminded of carts lately."""

from alembic import op

revision = "notifier_0009"
down_revision = "notifier_0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    # When each reminder of the last week was planned (business time), by the request's id.
    "ALTER TABLE notifier.cart_flows ADD COLUMN reminders jsonb NOT NULL DEFAULT '{}'",
)
BACK = ("ALTER TABLE notifier.cart_flows DROP COLUMN reminders",)


def upgrade() -> None:
    """Adds a column: what was planned before is not counted."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it."""
    for statement in BACK:
        op.execute(statement)
