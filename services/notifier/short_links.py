"""Short addresses of ours that lead to the shop's own, for text messages that cannot hold those.

    https://notify.example/g/<code>

They hold the number of a message, and lead where the link of that message does: nobody can make one
that leads elsewhere. Pure.
"""

from typing import Final

from services.notifier.signed_numbers import SignedLinks

PATH: Final = "/g/{code}"


class ShortLinks(SignedLinks):
    """Each leads where the link of its message does."""

    __slots__ = ()
    PURPOSE = "go"
    PATH = PATH
