"""The words by which marketing is stopped: in a message, and on the page that it leads to. Pure."""

import msgspec

from services.notifier.rendered import Button


class StopWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`{shop}` is the shop's name, `{url}` the address."""

    link: str
    """What one clicks, in the message and on the page."""
    sms: str
    asked: str
    what: str
    done: str
    orders: str
    again: str
    """Leads to the ways to a human."""
    ask: str

    def in_sms(self, url: str) -> str:
        """The end of a text message."""
        return self.sms.format(url=url)

    def in_a_chat(self, shop: str) -> str:
        """What is shown for a moment to whoever pressed the button."""
        return f"{self.done.format(shop=shop)}. {self.orders}"

    def button(self, url: str, press: str | None = None) -> Button:
        """The button or the link of a message."""
        return Button(label=self.link, url=url, press=press)


def problem_of(words: StopWords) -> str | None:
    """What is wrong with them, as the key and a few words; None when nothing is."""
    placeholders = {"sms": "url", "what": "shop", "done": "shop"}
    for key, text in msgspec.structs.asdict(words).items():
        name = placeholders.get(key, "")
        try:
            said = text.format(**{name: "\0"}) if name else text.format()
        except (KeyError, IndexError, ValueError):
            return f"`stop.{key}` has an unknown placeholder"
        if name and "\0" not in said:
            return f"`stop.{key}` does not name `{{{name}}}`"
    return None
