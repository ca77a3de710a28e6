"""Orders know their partition, so that only those are looked at whose events were all read; and the
outbox is searched by key, so that the messages of a customer keep their order."""

from alembic import op

revision = "order_events_0002"
down_revision = "order_events_0001"
branch_labels = None
depends_on = None

UP = (
    "ALTER TABLE order_events.orders ADD COLUMN partition smallint NOT NULL DEFAULT 0",
    "DROP INDEX order_events.orders_next_look_at_idx",
    """
    CREATE INDEX ON order_events.orders (partition, next_look_at)
    WHERE next_look_at IS NOT NULL
    """,
    # A dead letter keeps the key that it came with; one of more than 2700 bytes fits no B-tree.
    "CREATE INDEX ON order_events.outbox USING hash (key)",
)
DOWN = (
    "DROP INDEX order_events.outbox_key_idx",
    "DROP INDEX order_events.orders_partition_next_look_at_idx",
    "ALTER TABLE order_events.orders DROP COLUMN partition",
    "CREATE INDEX ON order_events.orders (next_look_at) WHERE next_look_at IS NOT NULL",
)


def upgrade() -> None:
    """Adds them. The partition of what is there is 0 until the next event of the order."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """As it was."""
    for statement in DOWN:
        op.execute(statement)
