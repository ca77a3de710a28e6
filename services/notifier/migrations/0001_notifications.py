"""People, requests, their notifications, withdrawals, and the outbox."""

from alembic import op

revision = "notifier_0001"
down_revision = None
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE notifier.people (
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        entry       bytea,
        told_at     timestamptz NOT NULL DEFAULT '-infinity',
        refused     text[]      NOT NULL DEFAULT '{}',
        PRIMARY KEY (source, customer_id)
    )
    """,
    """
    CREATE TABLE notifier.requests (
        id          text        PRIMARY KEY,
        source      text        NOT NULL,
        order_id    text        NOT NULL,
        customer_id text        NOT NULL,
        kind        text        NOT NULL,
        request     bytea       NOT NULL,
        expires_at  timestamptz NOT NULL,
        decided_at  timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        decision    text        NOT NULL,
        reason      text,
        passed_over bytea
    )
    """,
    "CREATE INDEX ON notifier.requests (order_id)",
    """
    CREATE TABLE notifier.notifications (
        id           text        PRIMARY KEY,
        request_id   text        NOT NULL,
        route        smallint    NOT NULL,
        channel      text        NOT NULL,
        address      text        NOT NULL,
        language     text        NOT NULL,
        planned_at   timestamptz NOT NULL,
        state        text        NOT NULL,
        due_at       timestamptz NOT NULL DEFAULT now(),
        attempt      integer     NOT NULL DEFAULT 0,
        retries      integer     NOT NULL DEFAULT 0,
        changed_at   timestamptz NOT NULL,
        provider_ref text,
        reason       text,
        code         text
    )
    """,
    "CREATE INDEX ON notifier.notifications (request_id)",
    # What a claim reads, and nothing else: its size is what waits, not what was ever sent.
    """
    CREATE INDEX notifications_due ON notifier.notifications (channel, due_at)
    WHERE state IN ('planned', 'sending')
    """,
    """
    CREATE TABLE notifier.withdrawals (
        request_id    text        PRIMARY KEY,
        superseded_by text,
        received_at   timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE notifier.outbox (
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
    """Drops the tables, and with them the proof of what was sent."""
    for table in ("outbox", "withdrawals", "notifications", "requests", "people"):
        op.execute(f"DROP TABLE notifier.{table}")
