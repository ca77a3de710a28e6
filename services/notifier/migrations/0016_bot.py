"""Chats, links and conversations of the bot."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0016"
down_revision = "notifier_0015"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # One-time links that open a chat for a customer. Only a digest of the token is kept: whoever
    # reads the table opens nothing. The times are business time.
    """
    CREATE TABLE notifier.bot_links (
        token       bytea       PRIMARY KEY,
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        order_id    text,
        expires_at  timestamptz NOT NULL,
        used_by     bigint
    )
    """,
    "CREATE INDEX bot_links_by_age ON notifier.bot_links (expires_at)",
    "CREATE INDEX bot_links_of_customer ON notifier.bot_links (source, customer_id)",
    # Whose a chat is. `linked_at`: they opened it by a link of theirs; NULL: only the shop says so.
    # `left_at`: they blocked the bot, or want no messages there.
    """
    CREATE TABLE notifier.bot_chats (
        chat        bigint      NOT NULL,
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        linked_at   timestamptz,
        left_at     timestamptz,
        PRIMARY KEY (chat, source, customer_id)
    )
    """,
    "CREATE INDEX bot_chats_of_customer ON notifier.bot_chats (source, customer_id)",
    # What a chat's bot keeps in mind: its language, and who has the conversation, if a person of a
    # shop has. `heard_at`: when anybody wrote into that last.
    """
    CREATE TABLE notifier.bot_talks (
        chat        bigint      PRIMARY KEY,
        language    text,
        source      text,
        customer_id text,
        since       timestamptz,
        heard_at    timestamptz
    )
    """,
    "CREATE INDEX bot_talks_of_customer ON notifier.bot_talks (source, customer_id)",
    # The conversation, for whoever takes it over. Kept for a while, and not all of it.
    """
    CREATE TABLE notifier.bot_lines (
        id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        chat   bigint      NOT NULL,
        source text,
        author text        NOT NULL,
        text   text        NOT NULL,
        at     timestamptz NOT NULL
    )
    """,
    "CREATE INDEX bot_lines_of_chat ON notifier.bot_lines (chat, id)",
    "CREATE INDEX bot_lines_by_age ON notifier.bot_lines (at)",
    # Updates of Telegram's that were heard, each once (real time).
    """
    CREATE TABLE notifier.bot_updates (
        id   bigint      PRIMARY KEY,
        chat bigint      NOT NULL,
        at   timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bot_updates_of_chat ON notifier.bot_updates (chat, at)",
    "CREATE INDEX bot_updates_by_age ON notifier.bot_updates (at)",
    # What is to be said into chats, in the order of `seq`; said once for each id.
    """
    CREATE TABLE notifier.bot_says (
        id      text        PRIMARY KEY,
        seq     bigint      GENERATED ALWAYS AS IDENTITY,
        chat    bigint      NOT NULL,
        html    text        NOT NULL,
        buttons bytea,
        state   text        NOT NULL DEFAULT 'waiting',
        attempt integer     NOT NULL DEFAULT 0,
        due_at  timestamptz NOT NULL DEFAULT now(),
        made_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX bot_says_waiting ON notifier.bot_says (chat, seq) WHERE state = 'waiting'",
    "CREATE INDEX bot_says_by_age ON notifier.bot_says (made_at)",
)
BACK: tuple[str, ...] = tuple(
    f"DROP TABLE notifier.bot_{name}"
    for name in ("says", "updates", "lines", "talks", "chats", "links")
)


def upgrade() -> None:
    """Adds what the bot keeps."""
    # Whom a chat was written to about.
    online.build_index(
        "notifier.notifications_in_chats",
        "notifier.notifications (address) WHERE channel = 'telegram'",
    )
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes it: linked chats are forgotten."""
    online.drop_index("notifier.notifications_in_chats")
    for statement in BACK:
        op.execute(statement)
