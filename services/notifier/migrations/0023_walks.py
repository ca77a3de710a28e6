"""How far the removal of what is old has come."""

from alembic import op

revision = "notifier_0023"
down_revision = "notifier_0022"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # Of each rule the block of its table with which the next piece begins, and when the round began
    # (real time). All replicas go on here.
    """
    CREATE TABLE notifier.walks (
        rule     text        PRIMARY KEY,
        block    bigint      NOT NULL DEFAULT 0,
        began_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)
BACK: tuple[str, ...] = ("DROP TABLE notifier.walks",)


def upgrade() -> None:
    """Adds a table."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it: every round begins anew."""
    for statement in BACK:
        op.execute(statement)
