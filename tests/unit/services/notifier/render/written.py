"""Writes one mail of every kind and language, and says what bytes came out. Run as a program, it
is a replica of its own: `python -m tests.unit.services.notifier.render.written`."""

import json
import sys
from hashlib import sha256

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.channels.mime import build_mail
from services.notifier.render import Renderer
from services.notifier.rendered import RenderedEmail
from tests.unit.services.notifier.render.samples import draft


def digests(renderer: Renderer) -> dict[str, str]:
    """The hash of every mail's bytes."""
    found = {}
    for kind in Kind:
        for language in sorted(renderer.languages):
            rendered = renderer.render(draft(kind, Channel.EMAIL, language))
            if isinstance(rendered, RenderedEmail):
                content = build_mail(rendered).content
                found[f"{kind} {language}"] = sha256(content).hexdigest()
    return found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(digests(Renderer.load())))
