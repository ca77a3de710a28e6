"""Who was erased, and what is kept for how long."""

from alembic import op

from headsup.migrations import online

revision = "notifier_0018"
down_revision = "notifier_0017"
branch_labels = None
depends_on = None

STATEMENTS: tuple[str, ...] = (
    # Who was erased: whatever is older than `at` (business time) is theirs. `look_at` is when they
    # are gone through next (real time), NULL when no more; `done_at` when everything was gone
    # through first; `confirmed` names the other services, and parts of them, that forgot them.
    """
    CREATE TABLE notifier.erasures (
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        at          timestamptz NOT NULL,
        heard_at    timestamptz NOT NULL DEFAULT now(),
        look_at     timestamptz,
        passes      smallint    NOT NULL DEFAULT 0,
        done_at     timestamptz,
        confirmed   text[]      NOT NULL DEFAULT '{}',
        PRIMARY KEY (source, customer_id)
    )
    """,
    "CREATE INDEX ON notifier.erasures (look_at) WHERE look_at IS NOT NULL",
    # Who said stop and was erased: a keyed digest of an address, or of another name of theirs. It
    # says nothing to whoever reads it, and is found again when that address comes back.
    """
    CREATE TABLE notifier.erased_words (
        source text        NOT NULL,
        digest bytea       NOT NULL,
        said   text        NOT NULL,
        at     timestamptz NOT NULL,
        PRIMARY KEY (source, digest, said)
    )
    """,
    # A part of the key of those digests; the other is in the settings.
    "CREATE TABLE notifier.erased_salt (salt bytea NOT NULL)",
    """
    INSERT INTO notifier.erased_salt
    SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))
    """,
    # What orders taught us of people, beside the shop's word: addresses, the newest first, and the
    # language and the zone of the last order that named one. `seen_at` is the order's moment.
    """
    CREATE TABLE notifier.learned (
        source      text        NOT NULL,
        customer_id text        NOT NULL,
        contacts    jsonb       NOT NULL DEFAULT '[]',
        language    text,
        time_zone   text,
        seen_at     timestamptz NOT NULL,
        PRIMARY KEY (source, customer_id)
    )
    """,
)
BACK: tuple[str, ...] = (
    "DROP TABLE notifier.learned",
    "DROP TABLE notifier.erased_salt",
    "DROP TABLE notifier.erased_words",
    "DROP TABLE notifier.erasures",
)


def upgrade() -> None:
    """Adds tables."""
    # When the words of a request were removed (real time).
    online.add_columns("notifier.requests", "emptied_at timestamptz")
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Removes them: whoever was erased may come back with an old word."""
    online.drop_columns("notifier.requests", "emptied_at")
    for statement in BACK:
        op.execute(statement)
