"""Components that no overlay of ours has fit into one, and lack nothing."""

from pathlib import Path

import pytest

from deploy.check.manifests import K8S
from tests.support.overlays import (
    expect_kustomize,
    of,
    problems,
    telling,
    with_component,
)

pytestmark = pytest.mark.timeout(240)  # much is built and looked at, on a busy machine too

OTHERS = {
    "bounces": {"HEADSUP_BOUNCE_ADDRESS": "bounces@bounce.shop.example"},
    "dkim": {},
    "traces": {},
}
"""What has to be told in the notifier's file beside them."""


@pytest.fixture(autouse=True)
def _kubectl() -> None:
    expect_kustomize()


@pytest.mark.parametrize("component", OTHERS)
def test_a_component_fits_into_production(component: str, tmp_path: Path) -> None:
    manifests = with_component(tmp_path, component)
    telling(**OTHERS[component])(of(manifests, "ConfigMap", "headsup-notifier"))
    assert problems(manifests) == []


def test_a_component_that_needs_more_says_so(tmp_path: Path) -> None:
    found = problems(with_component(tmp_path, "bounces"))
    assert any("HEADSUP_BOUNCE_PORT needs HEADSUP_BOUNCE_ADDRESS" in problem for problem in found)


def test_every_component_is_tried_somewhere() -> None:
    """Those that are in production are, by every other test."""
    text = (K8S / "overlays/prod/kustomization.yaml").read_text("utf-8")
    names = {folder.name for folder in (K8S / "components").iterdir() if folder.is_dir()}
    assert {name for name in names if f"/components/{name}\n" not in text} == OTHERS.keys()
