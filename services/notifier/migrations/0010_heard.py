"""When we heard of what customers agreed to, where the shop's clock is ahead of ours."""

from alembic import op

revision = "notifier_0010"
down_revision = "notifier_0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    # Of each consent that was given later than we heard of it: when that was (business time). The
    # entry has that moment, too; here it is found again when the shop says the same once more.
    "ALTER TABLE notifier.people ADD COLUMN heard jsonb",
)
BACK = ("ALTER TABLE notifier.people DROP COLUMN heard",)


def upgrade() -> None:
    """Adds a column: what was heard before counts from when the shop says that it was given."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it."""
    for statement in BACK:
        op.execute(statement)
