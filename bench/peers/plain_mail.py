"""An order confirmation as a shop would write it with Jinja2, Babel and the standard library: our
layouts and our words, without what our renderer makes sure of beside them."""

import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import formataddr, formatdate
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency
from jinja2 import Environment, StrictUndefined

from headsup.shops.profile import ShopProfile, load_shops
from services.notifier.render.layout import HUSH, load_layouts, readable_on
from services.notifier.render.speaker import contacts_of

_LANGUAGE: Final = "uk"
_TEXTS: Final = Path("services/notifier/messages") / _LANGUAGE
_PARTS: Final = ("subject", "preheader", "title", "happened", "next", "again")
_ROWS: Final = ("order_number", "dispatch_by", "estimate")


class PlainMail:
    """The templates of one shop, compiled once."""

    def __init__(self, shop: ShopProfile) -> None:
        self._shop, self._zone = shop, ZoneInfo(shop.time_zone)
        self._layouts = load_layouts()
        texts = tomllib.loads((_TEXTS / "order.confirmed.toml").read_text(encoding="utf-8"))
        self._shared = tomllib.loads((_TEXTS / "_shared.toml").read_text(encoding="utf-8"))
        plain = Environment(undefined=StrictUndefined)  # noqa: S701 - the layout escapes
        self._parts = {name: plain.from_string(texts[name]) for name in _PARTS}
        self._why = plain.from_string(self._shared["why"])
        self._contacts = contacts_of(shop, _LANGUAGE)

    @classmethod
    def of(cls, shops: Path, source: str) -> "PlainMail":
        """The templates of the shop with this source. Raises KeyError when there is none."""
        return cls(load_shops(shops)[source])

    def write(self, data: Mapping[str, Any]) -> MIMEMultipart:
        """The mail for the data of a request of ours, as JSON has it. By the older classes of the
        standard library: `EmailMessage` takes much longer."""
        page = self._page(data["content"])
        mail = MIMEMultipart("alternative")
        mail["From"] = formataddr((self._shop.name, self._shop.mail_from))
        mail["To"] = formataddr((data["customer"]["name"], data["customer"]["email"]))
        mail["Reply-To"] = self._shop.reply_to or self._shop.mail_from
        mail["Subject"] = page["subject"]
        mail["Date"] = formatdate()
        mail["Auto-Submitted"] = "auto-generated"
        mail.attach(MIMEText(self._layouts.text.render(page), "plain", "utf-8"))
        mail.attach(MIMEText(self._layouts.html.render(page), "html", "utf-8"))
        return mail

    def _page(self, content: Mapping[str, Any]) -> dict[str, Any]:
        values = self._values(content)
        page: dict[str, Any] = {name: part.render(values) for name, part in self._parts.items()}
        labels = self._shared["labels"]
        said = {"order_number": values["order_number"]} | {
            name: values[name]["plain"] for name in _ROWS[1:]
        }
        return page | {
            "language": _LANGUAGE,
            "direction": "ltr",
            "hush": HUSH,
            "markup": self._markup(content),
            "shop": self._shop,
            "on_brand": readable_on(self._shop.brand_colour),
            "greeting": self._shared["greeting"],
            "human": self._shared["human"],
            "why": self._why.render(audience={"code": "buyer"}),
            "contacts": self._contacts,
            "labels": labels,
            "rows": [{"label": labels[n], "value": said[n], "is_code": False} for n in _ROWS],
            "items": [_line(item) for item in content["items"]],
            "more": "",
            "total": values["total"],
            **dict.fromkeys(("action", "order_page", "stop")),
            "answers": [],
            "ways": [],
            "asked": "",
        }

    def _values(self, content: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "order_number": content["order_number"],
            "total": _money(content["total"]),
            "payment": {"code": content["payment"]},
            "by_download": None,
            "dispatch_by": self._moment(content["dispatch_by"]),
            "next_update_by": self._moment(content["next_update_by"]),
            "estimate": _day(content["estimate"]["latest"]),
        }

    def _moment(self, text: str) -> dict[str, str]:
        at = datetime.fromisoformat(text).astimezone(self._zone)
        return {
            "by": "до " + format_datetime(at, "HH:mm, EEEE, d MMMM", locale=_LANGUAGE),
            "plain": format_datetime(at, "EEEE, d MMMM, HH:mm", locale=_LANGUAGE),
        }

    def _markup(self, content: Mapping[str, Any]) -> str:
        found = {
            "@context": "http://schema.org",
            "@type": "Order",
            "orderNumber": content["order_number"],
            "merchant": {"@type": "Organization", "name": self._shop.name},
            "acceptedOffer": [
                {"@type": "Offer", "itemOffered": {"@type": "Product", "name": item["name"]}}
                for item in content["items"]
            ],
        }
        return json.dumps(found, ensure_ascii=False)


def _day(text: str) -> dict[str, str]:
    said = format_date(date.fromisoformat(text), "EEEE, d MMMM", locale=_LANGUAGE)
    return {"on": said, "plain": said}


def _money(money: Mapping[str, str]) -> str:
    return format_currency(Decimal(money["amount"]), money["currency"], locale=_LANGUAGE)


def _line(item: Mapping[str, Any]) -> dict[str, str]:
    count, price = item.get("quantity", 1), _money(item["price"])
    return {
        "text": item["name"],
        "price": f"{count} × {price}" if count > 1 else price,
        "note": "",
    }
