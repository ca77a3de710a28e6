"""Which orders somebody has, and under what an order is found."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0017"
down_revision = "notifier_0016"
branch_labels = None
depends_on = None

# One row for whoever ordered, and one for a gift's recipient who was written to. `keys` are as
# `identity.keys_of` makes them, beside "order:..." and "number:..."; `at` is when the order was
# placed, or the recipient first heard of it (business time).
_TABLE = """
    CREATE TABLE IF NOT EXISTS notifier.order_keys (
        source      text        NOT NULL,
        order_id    text        NOT NULL,
        audience    text        NOT NULL,
        customer_id text        NOT NULL,
        keys        text[]      NOT NULL,
        at          timestamptz NOT NULL,
        PRIMARY KEY (source, order_id, audience)
    )
"""
# Of orders of before it is only known who was written to about them; the first time counts.
_KNOWN = """
    INSERT INTO notifier.order_keys AS known (source, order_id, audience, customer_id, keys, at)
    SELECT DISTINCT ON (source, order_id, audience)
           source, order_id, audience, customer_id,
           ARRAY['customer:' || customer_id, 'order:' || lower(order_id)], decided_at
    FROM (SELECT source, order_id, customer_id, decided_at,
                 coalesce(convert_from(request, 'UTF8')::json #>> '{content,audience}', 'buyer')
                     AS audience
          FROM notifier.requests
          WHERE ctid >= CAST(:first AS text)::tid AND ctid < CAST(:last AS text)::tid
            AND order_id IS NOT NULL) AS told
    ORDER BY source, order_id, audience, decided_at
    ON CONFLICT (source, order_id, audience) DO UPDATE
    SET customer_id = excluded.customer_id, keys = excluded.keys, at = excluded.at
    WHERE known.at > excluded.at
"""


def upgrade() -> None:
    """Adds a table, and fills it with the orders that somebody was written to about."""
    with op.get_context().autocommit_block():
        op.execute(_TABLE)
    online.block_by_block("notifier.requests", _KNOWN)
    online.build_index(
        "notifier.order_keys_of_person", "notifier.order_keys (source, customer_id, at)"
    )
    online.build_index("notifier.order_keys_by_key", "notifier.order_keys USING gin (keys)")


def downgrade() -> None:
    """Removes it: orders are found by their ids only, as `headsup trace` does."""
    op.execute("DROP TABLE notifier.order_keys")
