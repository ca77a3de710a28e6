"""What a release consists of is said completely."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from deploy.sbom import REQUIREMENTS, write

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def pinned() -> Iterator[tuple[str, str]]:
    """What is installed here: some of it is for other systems."""
    for line in REQUIREMENTS.read_text("utf-8").splitlines():
        if "==" in line and not line.startswith(" "):
            requirement = Requirement(line.rstrip(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                (version,) = requirement.specifier
                yield canonicalize_name(requirement.name), version.version


def test_every_package_is_named_with_its_version_and_licence_and_no_other(tmp_path: Path) -> None:
    write(tmp_path / "sbom.json")
    found = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    named = {(canonicalize_name(each["name"]), each["version"]) for each in found["components"]}
    assert named == set(pinned())
    assert all(each.get("licenses") for each in found["components"])
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["name"] == "headsup"
