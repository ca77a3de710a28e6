"""What people who help customers did."""

from alembic import op

revision = "notifier_0019"
down_revision = "notifier_0018"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # Who looked, and who had what sent again; for whom they looked is not kept. `at` is business
    # time.
    """
    CREATE TABLE notifier.support_acts (
        number     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at         timestamptz NOT NULL,
        operator   text        NOT NULL,
        act        text        NOT NULL,
        found      integer,
        request_id text,
        new_id     text        UNIQUE
    )
    """,
    "CREATE INDEX ON notifier.support_acts (request_id) WHERE request_id IS NOT NULL",
)
BACK: tuple[str, ...] = ("DROP TABLE notifier.support_acts",)


def upgrade() -> None:
    """Adds a table."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it: nobody knows then who looked."""
    for statement in BACK:
        op.execute(statement)
