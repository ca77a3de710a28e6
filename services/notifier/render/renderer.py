"""Turns a request into a message: texts compiled once, values cleaned once, escaped once."""

from pathlib import Path
from typing import Self

from services.notifier.render.draft import Draft
from services.notifier.rendered import Rendered


class Renderer:
    """Writes messages in every language that it has texts for."""

    @classmethod
    def load(cls, override_dir: Path | None = None) -> Self:
        """Reads and compiles all texts; files in `override_dir` go before ours."""
        raise NotImplementedError

    @property
    def languages(self) -> frozenset[str]:
        """The languages that there are texts for."""
        raise NotImplementedError

    def language_for(self, draft: Draft) -> str:
        """The language in which this draft is written."""
        raise NotImplementedError

    def render(self, draft: Draft) -> Rendered:
        """The finished message. Raises CannotRenderError."""
        raise NotImplementedError
