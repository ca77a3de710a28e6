"""Who goes first."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0013"
down_revision = "notifier_0012"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # Until when all that a sender may send was given away (real time), for all replicas.
    """
    CREATE TABLE notifier.paces (
        name    text        PRIMARY KEY,
        free_at timestamptz NOT NULL
    )
    """,
)
BACK: tuple[str, ...] = ("DROP TABLE notifier.paces",)
_WAITING = "WHERE state IN ('planned', 'sending')"
_REMINDERS = """
    SELECT n.id FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.state IN ('planned', 'sending') AND n.priority = 1 AND r.cart_id IS NOT NULL
"""
_TO_THE_BACK = """
    UPDATE notifier.notifications SET priority = 2
    WHERE id IN (
        SELECT id FROM notifier.notifications
        WHERE id = ANY(CAST(:bite AS text[])) AND state IN ('planned', 'sending')
        FOR UPDATE SKIP LOCKED
    )
"""


def upgrade() -> None:
    """Adds a column and a table, and another index."""
    # 0: what cannot wait, 1: the rest of what is part of the contract, 2: marketing.
    online.add_columns("notifier.notifications", "priority smallint NOT NULL DEFAULT 1")
    # Whoever is at one of them sends it, so that it does not wait any more.
    online.in_bites(_REMINDERS, _TO_THE_BACK)
    # What a claim reads: of each priority, and of each shop, what is due first.
    online.build_index(
        "notifier.notifications_by_priority",
        f"notifier.notifications (channel, priority, source, due_at) {_WAITING}",
    )
    online.drop_index("notifier.notifications_due")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: all wait in one line again."""
    online.build_index(
        "notifier.notifications_due", f"notifier.notifications (channel, due_at) {_WAITING}"
    )
    online.drop_index("notifier.notifications_by_priority")
    online.drop_columns("notifier.notifications", "priority")
    for statement in BACK:
        op.execute(statement)
