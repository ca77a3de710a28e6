"""Whether names stand for addresses, which open by themselves."""

from headsup.migrations import online

revision = "notifier_0026"
down_revision = "notifier_0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column, and takes one away: addresses lay there sealed beside their names, which no
    version that was given away has written."""
    # How addresses lie: `headsup.name_keys.State`. Without a row they lie in clear.
    online.add_columns("notifier.address_names", "state text NOT NULL DEFAULT 'clear'")
    online.drop_columns("notifier.order_keys", "sealed")


def downgrade() -> None:
    """As it was. Everything has to be in clear before it: an older version opens no names."""
    online.add_columns("notifier.order_keys", "sealed jsonb")
    online.drop_columns("notifier.address_names", "state")
