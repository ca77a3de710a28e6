"""What is wrong with a text, and where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that may not be sent like this."""

    where: str
    """A file and its key, or a kind, its variation, the language and the channel."""
    problem: str
    excerpt: str = ""

    def __str__(self) -> str:
        quoted = f": «{self.excerpt}»" if self.excerpt else ""
        return f"{self.where}: {self.problem}{quoted}"
