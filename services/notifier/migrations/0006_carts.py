"""Requests about a cart, which name no order."""

from alembic import op

revision = "notifier_0006"
down_revision = "notifier_0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE notifier.requests ALTER COLUMN order_id DROP NOT NULL",
    "ALTER TABLE notifier.notifications ALTER COLUMN order_id DROP NOT NULL",
    # Which reminder of which cart, as the request has it (CartFlow, JSON); NULL for orders.
    "ALTER TABLE notifier.requests ADD COLUMN cart bytea",
)
BACK = (
    "DELETE FROM notifier.notifications WHERE order_id IS NULL",
    "DELETE FROM notifier.requests WHERE order_id IS NULL",
    "ALTER TABLE notifier.requests DROP COLUMN cart",
    "ALTER TABLE notifier.notifications ALTER COLUMN order_id SET NOT NULL",
    "ALTER TABLE notifier.requests ALTER COLUMN order_id SET NOT NULL",
)


def upgrade() -> None:
    """Adds a column, and lets another be empty."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes what was about carts."""
    for statement in BACK:
        op.execute(statement)
