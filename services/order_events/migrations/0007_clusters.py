"""Of which Kafka a position is."""

from headsup.migrations import online

revision = "order_events_0007"
down_revision = "order_events_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column. Of positions that are there already nobody knows it: they count as those of
    the Kafka that is there when they are read next."""
    online.add_columns("order_events.positions", "cluster text")


def downgrade() -> None:
    """Removes it: a new Kafka is not known for one."""
    online.drop_columns("order_events.positions", "cluster")
