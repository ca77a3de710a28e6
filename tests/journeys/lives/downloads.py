"""What is bought and not sent."""

from datetime import datetime

import msgspec

from headsup.contracts import shop
from headsup.contracts.base import Items
from tests.journeys.lives.life import Life


def some_as_files(life: Life, items: Items) -> Items:
    """The same lines; now and then all of them are downloaded, or all but the first."""
    if not life.chance.happens(0.1):
        return items
    is_all = life.chance.happens(0.5)
    return tuple(
        msgspec.structs.replace(item, digital=is_all or index > 0)
        for index, item in enumerate(items)
    )


def goods(items: Items) -> Items:
    """What is sent."""
    return tuple(item for item in items if not item.digital)


def become_ready(life: Life, since: datetime, items: Items) -> None:
    """Each line that is downloaded, soon or late, and now and then never."""
    chance = life.chance
    for index, item in enumerate(items):
        if not item.digital or chance.happens(0.08):
            continue
        at = since + (chance.hours(0, 2) if chance.happens(0.6) else chance.days(0.1, 9))
        life.truly(at, f"{item.name} can be downloaded")
        what = {"download_id": f"D{index}", "item": item, "url": "https://shop.example/book"}
        life.shop_says(at, shop.DownloadReady, **what)
