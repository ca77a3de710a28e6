import pytest

from services.notifier.render import Renderer


@pytest.fixture(scope="session")
def renderer() -> Renderer:
    """Our own texts and layouts; read once."""
    return Renderer.load()
