"""Writing: from a request to a finished message, in the customer's language. Pure."""

from services.notifier.render.draft import (
    CannotRenderError,
    Draft,
    NoTemplateError,
    Recipient,
    Stop,
)
from services.notifier.render.renderer import Renderer
from services.notifier.render.text_files import TextsError

__all__ = [
    "CannotRenderError",
    "Draft",
    "NoTemplateError",
    "Recipient",
    "Renderer",
    "Stop",
    "TextsError",
]
