"""In whose words we write: everybody's, or a shop's own. Pure, once it is loaded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from headsup.shops.profile import ShopProfile
from services.notifier.render import Renderer


@dataclass(frozen=True, slots=True)
class Voices:
    """A renderer for each shop."""

    common: Renderer
    own: Mapping[str, Renderer] = field(default_factory=dict)
    """By shop, where it has words of its own."""

    def with_shops(self, shops: Iterable[ShopProfile]) -> Self:
        """The same, with these shops' own texts compiled. Raises TextsError."""
        own = {
            shop.source: self.common.with_texts(Path(shop.texts))
            for shop in shops
            if shop.texts is not None
        }
        return type(self)(self.common, own)

    def of(self, source: str) -> Renderer:
        """The one that writes for this shop."""
        return self.own.get(source, self.common)

    @property
    def spoken_besides(self) -> dict[str, frozenset[str]]:
        """By shop with words of its own, the languages that it speaks."""
        return {source: renderer.languages for source, renderer in self.own.items()}
