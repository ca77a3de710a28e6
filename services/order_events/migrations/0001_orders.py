"""Orders, the events that were received, positions in the topics, and the outbox."""

from alembic import op

revision = "order_events_0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE order_events.orders (
        source       text        NOT NULL,
        order_id     text        NOT NULL,
        facts        jsonb       NOT NULL,
        told         jsonb       NOT NULL,
        next_look_at timestamptz,
        updated_at   timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (order_id, source)  -- people look an order up without naming its shop
    )
    """,
    "CREATE INDEX ON order_events.orders (next_look_at) WHERE next_look_at IS NOT NULL",
    """
    CREATE TABLE order_events.events (
        source      text        NOT NULL,
        event_id    text        NOT NULL,
        order_id    text        NOT NULL,
        type        text        NOT NULL,
        happened_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (source, event_id)
    )
    """,
    "CREATE INDEX ON order_events.events (source, order_id)",
    """
    CREATE TABLE order_events.positions (
        topic       text    NOT NULL,
        partition   integer NOT NULL,
        next_offset bigint  NOT NULL,
        PRIMARY KEY (topic, partition)
    )
    """,
    """
    CREATE TABLE order_events.outbox (
        id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic      text        NOT NULL,
        key        bytea,
        value      bytea,
        headers    bytea,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)


def upgrade() -> None:
    """Creates the tables."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drops the tables, and with them everything that was known."""
    for table in ("outbox", "positions", "events", "orders"):
        op.execute(f"DROP TABLE order_events.{table}")
