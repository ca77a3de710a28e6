"""The names of carriers."""

import pytest

from headsup.contracts.carriers import carrier_key


@pytest.mark.parametrize("name", ["NOVA POSHTA", "nova-poshta", " Nova  Poshta ", "NovaPoshta"])
def test_a_carrier_is_the_same_however_its_name_is_written(name: str) -> None:
    assert carrier_key(name) == carrier_key("Nova Poshta")


@pytest.mark.parametrize("name", ["Nova Poshta 2", "Ukrposhta", "Нова Пошта", "-"])
def test_other_letters_are_another_carrier(name: str) -> None:
    assert carrier_key(name) != carrier_key("Nova Poshta")


def test_a_name_without_letters_stands_for_itself() -> None:
    assert carrier_key("-") != carrier_key("+")
