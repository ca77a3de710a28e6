"""What the names are made with that stand for addresses, and the addresses beside them."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0025"
down_revision = "notifier_0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a table and a column."""
    # A list of `{"key": ...}`: the addresses of `keys`, sealed, where names stand in `keys`.
    online.add_columns("notifier.order_keys", "sealed jsonb")
    # The key of names, sealed; there is one or none.
    op.execute(
        """
        CREATE TABLE notifier.address_names (
            is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
            sealed text    NOT NULL
        )
        """
    )


def downgrade() -> None:
    """Removes them. Everything has to be in clear again: an older version finds no names."""
    op.execute("DROP TABLE notifier.address_names")
    online.drop_columns("notifier.order_keys", "sealed")
