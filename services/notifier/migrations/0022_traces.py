"""Contexts of traces beside the ledger."""

from alembic import op

revision = "notifier_0022"
down_revision = "notifier_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table. It stays empty while no traces are recorded, and no other table is touched."""
    op.execute(
        """
        CREATE TABLE notifier.traces (
            id text PRIMARY KEY,
            context text NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )


def downgrade() -> None:
    """Removes it; traces that are under way end there."""
    op.execute("DROP TABLE notifier.traces")
