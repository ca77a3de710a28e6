"""Who bought, of which cart somebody was reminded, and what is looked up of a request about one."""

from alembic import op

revision = "notifier_0007"
down_revision = "notifier_0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    # The newest order of each name that somebody goes by (business time): "customer:...",
    # "cart:...", or the key of an address.
    """
    CREATE TABLE notifier.purchases (
        source text        NOT NULL,
        who    text        NOT NULL,
        at     timestamptz NOT NULL,
        PRIMARY KEY (source, who)
    )
    """,
    "CREATE INDEX purchases_by_age ON notifier.purchases (at)",
    # The visit that somebody was last reminded of, by each name of theirs (business time).
    """
    CREATE TABLE notifier.cart_flows (
        source   text        NOT NULL,
        who      text        NOT NULL,
        flow     text        NOT NULL,
        began_at timestamptz NOT NULL,
        PRIMARY KEY (source, who)
    )
    """,
    "CREATE INDEX cart_flows_by_age ON notifier.cart_flows (began_at)",
    # Of a request about a cart, out of its CartFlow; and the names of whom it goes to, by which an
    # order of theirs is found when it is sent.
    "ALTER TABLE notifier.requests ADD COLUMN cart_id text",
    "ALTER TABLE notifier.requests ADD COLUMN touched_at timestamptz",
    "ALTER TABLE notifier.requests ADD COLUMN who text[]",
    """
    CREATE INDEX requests_of_cart ON notifier.requests (cart_id) WHERE cart_id IS NOT NULL
    """,
)
BACK = (
    "DROP INDEX notifier.requests_of_cart",
    "ALTER TABLE notifier.requests DROP COLUMN who",
    "ALTER TABLE notifier.requests DROP COLUMN touched_at",
    "ALTER TABLE notifier.requests DROP COLUMN cart_id",
    "DROP TABLE notifier.cart_flows",
    "DROP TABLE notifier.purchases",
)


def upgrade() -> None:
    """Adds two tables and three columns."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: what is known of purchases is forgotten."""
    for statement in BACK:
        op.execute(statement)
