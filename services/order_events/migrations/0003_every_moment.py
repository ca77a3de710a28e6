"""Refunds can fail as well; incidents; what was promised to customers until when; and which orders
are open, by the carriers that have their parcels."""

from alembic import op

revision = "order_events_0003"
down_revision = "order_events_0002"
branch_labels = None
depends_on = None

UP = (
    # A refund was the word that it was sent; now it is what became of it.
    """
    UPDATE order_events.orders SET facts = jsonb_set(facts, '{refunds}', (
        SELECT jsonb_object_agg(id, CASE jsonb_typeof(refund)
            WHEN 'array' THEN jsonb_build_object('sent', refund) ELSE refund END)
        FROM jsonb_each(facts -> 'refunds') AS each (id, refund)
    ))
    WHERE facts -> 'refunds' <> '{}'
    """,
    # An incident is about no order.
    "ALTER TABLE order_events.events ALTER COLUMN order_id DROP NOT NULL",
    """
    CREATE TABLE order_events.incidents (
        source      text        NOT NULL,
        incident_id text        NOT NULL,
        state       jsonb       NOT NULL,
        resolved_at timestamptz,           -- null while it is not over
        partition   smallint    NOT NULL,  -- of its events; who reads that one wakes the orders
        wake_at     timestamptz,           -- in real time; null when no order is left to be woken
        woken_to    text        NOT NULL DEFAULT '',  -- orders up to this id were woken
        wakes_left  smallint    NOT NULL DEFAULT 0,
        PRIMARY KEY (source, incident_id)
    )
    """,
    "CREATE INDEX ON order_events.incidents (partition, wake_at) WHERE wake_at IS NOT NULL",
    "ALTER TABLE order_events.orders ADD COLUMN promised_until timestamptz",
    """
    CREATE INDEX ON order_events.orders (partition, promised_until)
    WHERE promised_until IS NOT NULL
    """,
    # Casefolded; null when the order is over. Of what is there already we know nothing: each order
    # counts as open until it is looked at, at once.
    "ALTER TABLE order_events.orders ADD COLUMN carriers text[]",
    """
    UPDATE order_events.orders SET carriers = '{}', next_look_at = least(next_look_at, now())
    WHERE next_look_at IS NOT NULL OR updated_at > now() - interval '60 days'
    """,
    "CREATE INDEX ON order_events.orders (source, order_id) WHERE carriers IS NOT NULL",
)
DOWN = (
    "DROP INDEX order_events.orders_source_order_id_idx",
    "ALTER TABLE order_events.orders DROP COLUMN carriers",
    "DROP INDEX order_events.orders_partition_promised_until_idx",
    "ALTER TABLE order_events.orders DROP COLUMN promised_until",
    "DROP TABLE order_events.incidents",
    "DELETE FROM order_events.events WHERE order_id IS NULL",
    "ALTER TABLE order_events.events ALTER COLUMN order_id SET NOT NULL",
    # A refund that is only known to have failed did not exist.
    """
    UPDATE order_events.orders SET facts = jsonb_set(facts, '{refunds}', (
        SELECT coalesce(jsonb_object_agg(id, refund -> 'sent'), '{}')
        FROM jsonb_each(facts -> 'refunds') AS each (id, refund) WHERE refund ? 'sent'
    ))
    WHERE facts -> 'refunds' <> '{}'
    """,
)


def upgrade() -> None:
    """Converts what is there, and adds the rest."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """As it was; what is known of incidents is gone."""
    for statement in DOWN:
        op.execute(statement)
