"""Updates that nobody of good will would make Telegram send: the right shape, and something in it
that should not be. Always the same ones for the same seed."""

import json
import random
from collections.abc import Iterator
from typing import Any, Final

from tests.support.answering import pressed
from tests.support.mean import CANARY

MEAN: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    2**63,
    -(2**63),
    1.5,
    "",
    CANARY,
    "\0",
    "А" * 5_000,
    "<b>&amp;</i>",
    "{{ shop }} {name} %s",
    "'; DROP TABLE notifier.bot_chats; --",
    "\u202e\u200b\ufeff",
    "👩‍👩‍👧‍👦" * 200,
    "/start " + "A" * 22,
    "/start ' OR 1=1",
    "/" + "x" * 500,
    "bot:o:../../etc",
    "bot:l:" + "x" * 60,
    "human:" + "A" * 20,
    "r1:7",
    [],
    {},
    [[[[[]]]]],
    {"id": {"id": "x"}},
    {"type": "private", "id": -100},
)


def mean_updates(count: int, *, seed: int = 6) -> Iterator[bytes]:
    """So many bodies of calls."""
    chance = random.Random(seed)  # noqa: S311 - the same ones every time
    for number in range(count):
        yield json.dumps(_spoil(_update(number), chance)).encode()


def _update(number: int) -> dict[str, Any]:
    own = 5_000 + number % 97
    chat = {"id": own, "type": "private"}
    person = {"id": own, "is_bot": False, "first_name": "M", "language_code": "uk"}
    message = {"message_id": 1, "from": person, "chat": chat, "date": 0, "text": "/orders"}
    member = {"chat": chat, "from": person, "new_chat_member": {"status": "kicked"}}
    kinds: tuple[dict[str, Any], ...] = (
        {"message": message},
        {"my_chat_member": member},
        {"callback_query": pressed("bot:human", own)["callback_query"]},
    )
    return {"update_id": 10_000 + number, **kinds[number % len(kinds)]}


def _spoil(value: Any, chance: random.Random) -> Any:
    """The same, with something in it that should not be."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(sorted(value))
        return {**value, key: _spoil(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], _spoil(value[place], chance), *value[place + 1 :]]
    return chance.choice(MEAN)
