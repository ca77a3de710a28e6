"""Where no image can be built that is said: left out on a laptop, a failure in CI."""

import pytest

from deploy.check.image import main

SENTENCE = "The images were not built: there is no buildah here: apt-get install buildah\n"


def test_on_a_laptop_it_is_left_out_with_a_word(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("CI", raising=False)
    assert main() == 0
    assert capsys.readouterr().err == SENTENCE


def test_in_ci_it_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("CI", "true")
    assert main() == 2
    assert capsys.readouterr().err == SENTENCE
