"""Chats that somebody unlinked, and which message a chat was linked from."""

from alembic import op

revision = "notifier_0020"
down_revision = "notifier_0019"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # `ended_at`: they cut it off. The row stays, because news went there: whoever has a chat that
    # news goes to may ask there.
    "ALTER TABLE notifier.bot_chats ADD COLUMN ended_at timestamptz",
    # The message whose link it is: over its channel they are told that it was used.
    "ALTER TABLE notifier.bot_links ADD COLUMN number bigint",
)
BACK: tuple[str, ...] = (
    # Without the column a chat that was cut off would be theirs again: `left_at` is the nearest.
    "UPDATE notifier.bot_chats SET linked_at = NULL, left_at = ended_at WHERE ended_at IS NOT NULL",
    "ALTER TABLE notifier.bot_chats DROP COLUMN ended_at",
    "ALTER TABLE notifier.bot_links DROP COLUMN number",
)


def upgrade() -> None:
    """Adds two columns."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: nothing is sent to what was cut off, but whoever has it may ask there."""
    for statement in BACK:
        op.execute(statement)
