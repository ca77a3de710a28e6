from pathlib import Path

import pytest

from services.notifier import shops
from services.notifier.shops import ShopsError, load_shops

EXAMPLE = Path(shops.__file__).with_name("shops.example.toml")


def test_the_example_file_can_be_used_as_it_is() -> None:
    shop = load_shops(EXAMPLE)["https://shop.example"]
    assert shop.name == "Lavka"
    assert shop.support.hours["uk"] == "щодня 9:00–20:00"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "Lavka"', "", "shop https://shop.example: `name` is missing"),
        ('name = "Lavka"', 'nmae = "Lavka"', "shop https://shop.example: `nmae` is not a field"),
        ("brand_colour", "brand_color", "`brand_color` is not a field of a shop"),
        ('"#1f6f5c"', '"green"', "`brand_colour`: expected `str` matching regex"),
        ('phone = "+380', 'phone = "call +380', "`support.phone`: expected `str` matching"),
        ('name = "Lavka"', 'name = "La\\r\\nBcc: x"', "`name`: expected `str` matching"),
        ('"orders@shop.example"', '"orders"', "`mail_from`: expected `str` matching"),
        ('"Europe/Kyiv"', '"Europe/Kyivv"', "`time_zone` is no zone of the IANA database"),
        ('"Europe/Kyiv"', '"Europe"', "`time_zone` is no zone of the IANA database"),
        ('source = "https://shop.example"', "", "shop number 1: `source` is missing"),
        ("[[shop]]", "[[shops]]", "expected a list of [[shop]] tables"),
        ("[[shop]]", "[[shop", "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_file_shop_and_field(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    file = tmp_path / "shops.toml"
    text = EXAMPLE.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ShopsError) as error:
        load_shops(file)
    assert str(file) in str(error.value)
    assert words in str(error.value)


def test_a_shop_without_a_way_to_a_human_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    head = EXAMPLE.read_text("utf-8").partition("[shop.support]")[0]
    file.write_text(head + "[shop.support]\n", "utf-8")
    with pytest.raises(ShopsError, match="a customer must reach a human"):
        load_shops(file)


def test_two_shops_of_one_source_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "shops.toml"
    file.write_text(EXAMPLE.read_text("utf-8") * 2, "utf-8")
    with pytest.raises(ShopsError, match="`source` appears twice"):
        load_shops(file)


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShopsError, match=r"none\.toml: cannot be read"):
        load_shops(tmp_path / "none.toml")
    (tmp_path / "empty.toml").write_text("shop = []", "utf-8")
    with pytest.raises(ShopsError, match=r"empty\.toml: names no shop"):
        load_shops(tmp_path / "empty.toml")
