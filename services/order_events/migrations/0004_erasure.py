"""Who was erased."""

from alembic import op

revision = "order_events_0004"
down_revision = "order_events_0003"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # Who was erased: what they ordered before `at` (business time) is nobody's. `look_at` is when
    # the orders are gone through next (real time), NULL when no more.
    """
    CREATE TABLE order_events.erasures (
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        at          timestamptz NOT NULL,
        heard_at    timestamptz NOT NULL DEFAULT now(),
        look_at     timestamptz,
        passes      smallint    NOT NULL DEFAULT 0,
        done_at     timestamptz,
        PRIMARY KEY (source, customer_id)
    )
    """,
    "CREATE INDEX ON order_events.erasures (look_at) WHERE look_at IS NOT NULL",
)
BACK: tuple[str, ...] = ("DROP TABLE order_events.erasures",)


def upgrade() -> None:
    """Adds a table."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it: an event that was not read yet may bring somebody back."""
    for statement in BACK:
        op.execute(statement)
