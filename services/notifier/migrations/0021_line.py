"""The line of an order is found by an index that no look-up confuses with another."""

from headsup.migrations import online

revision = "notifier_0021"
down_revision = "notifier_0020"
branch_labels = None
depends_on = None

_COLUMNS = "notifier.notifications (order_id, source, seq)"


def upgrade() -> None:
    """Builds an index anew, under a condition of its own. Under one condition with the indexes that
    claims read, all three looked alike to the planner whenever it had last seen a ledger in which
    nothing waits: it then went through all that waits, for each message."""
    online.build_index(
        "notifier.notifications_lined_up",
        f"{_COLUMNS} WHERE left(state, 7) IN ('planned', 'sending')",
    )
    online.drop_index("notifier.notifications_in_line")


def downgrade() -> None:
    """As it was."""
    online.build_index(
        "notifier.notifications_in_line", f"{_COLUMNS} WHERE state IN ('planned', 'sending')"
    )
    online.drop_index("notifier.notifications_lined_up")
