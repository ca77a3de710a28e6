"""Who wants no more marketing, and the numbers of messages, which the links of that hold."""

from alembic import op

revision = "notifier_0008"
down_revision = "notifier_0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    # By each key of whoever said it: "customer:...", or the key of an address. `at` is the last
    # time (business time); a consent that the shop tells us of counts if it is given after that.
    """
    CREATE TABLE notifier.opt_outs (
        source        text        NOT NULL,
        who           text        NOT NULL,
        message_class text        NOT NULL,
        at            timestamptz NOT NULL,
        PRIMARY KEY (source, who, message_class)
    )
    """,
    "CREATE UNIQUE INDEX notifications_numbered ON notifier.notifications (seq)",
)
BACK = (
    "DROP INDEX notifier.notifications_numbered",
    "DROP TABLE notifier.opt_outs",
)


def upgrade() -> None:
    """Adds a table and an index."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them, and with them what customers wanted: only the shop knows it then."""
    for statement in BACK:
        op.execute(statement)
