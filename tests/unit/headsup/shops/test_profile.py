"""Shops are read from files, and what is wrong with a file is said with its name and field."""

from pathlib import Path

import pytest

from headsup.contracts.channels import Channel
from headsup.shops import profile
from headsup.shops.profile import ShopsError, load_shops

EXAMPLE = Path(profile.__file__).with_name("example.toml")
LAVKA = "https://shop.example"


def test_the_example_file_can_be_used_as_it_is() -> None:
    shop = load_shops(EXAMPLE)[LAVKA]
    assert shop.name == "Lavka"
    assert shop.support.hours["uk"] == "щодня 9:00–20:00"
    assert shop.policy.time_zone == "Europe/Kyiv"
    assert shop.policy.holding_days_of("nova poshta") == 5


def test_the_shops_of_a_folder_are_each_in_a_file_of_their_own() -> None:
    shops = load_shops(Path("sandbox/shops"))
    assert {shop.name for shop in shops.values()} == {"Lavka", "Hearth & Co", "Sova"}
    assert Channel.TELEGRAM not in shops["https://hearth.example"].channels


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "Lavka"', "", "`name` is missing"),
        ('name = "Lavka"', 'nmae = "Lavka"', "`nmae` is not a field of a shop"),
        ("brand_colour", "brand_color", "`brand_color` is not a field of a shop"),
        ('"#1f6f5c"', '"green"', "`brand_colour`: expected `str` matching regex"),
        ('phone = "+380', 'phone = "call +380', "`support.phone`: expected `str` matching"),
        ('name = "Lavka"', 'name = "La\\r\\nBcc: x"', "`name`: expected `str` matching"),
        ('"orders@shop.example"', '"orders"', "`mail_from`: expected `str` matching"),
        ('"Europe/Kyiv"', '"Europe/Kyivv"', "`time_zone` is no zone of the IANA database"),
        ('"Europe/Kyiv"', '"Europe"', "`time_zone` is no zone of the IANA database"),
        ("[support]", "[support", "is not valid TOML"),
        ('law = "ua"', 'law = "mars"', "`law` is none that we know: eu, ru, ua, us"),
        ("return_days = 14", "return_days = 7", "`return_days` is 7, and the law (Україна) asks"),
        ("refund_days = 7", "refund_days = 31", "`refund_days` is 31, and the law (Україна) allow"),
        ("delay_days = 1 ", "delay_days = 0 ", "`policy.delay_days`: expected `int` >= 1"),
        ("delay_days = 1 ", "dealy_days = 1 ", "`policy.dealy_days` is not a field of a shop"),
        ("most_in_a_week = 5 ", "most_in_a_week = 0 ", "`carts.most_in_a_week`: expected `int` >="),
        ("most_in_a_week = 5 ", "most_in_a_week = 51", "`carts.most_in_a_week`: expected `int` <="),
        ('"telegram"]', '"pigeon"]', "`channels"),
        ('"email", "sms", "whatsapp", "telegram"', "", "`channels` names none"),
        ("# texts =", "texts =", "`texts` is no folder beside this file"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_field(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    file = tmp_path / "shop.toml"
    text = EXAMPLE.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(ShopsError) as error:
        load_shops(file)
    assert str(file) in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("law", "days"),
    [
        ("ru", {"return_days": 14, "refund_days": 7, "repair_days": 45, "expertise_days": 10}),
        ("eu", {"return_days": 14, "refund_days": 7, "repair_days": 45, "dispatch_days": 30}),
        ("us", {"return_days": 14, "refund_days": 7, "dispatch_days": 30}),
    ],
)
def test_what_a_shop_does_not_promise_its_law_does(
    tmp_path: Path, law: str, days: dict[str, int]
) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(EXAMPLE.read_text("utf-8").replace('law = "ua"', f'law = "{law}"'), "utf-8")
    policy = load_shops(file)[LAVKA].policy
    assert {name: getattr(policy, name) for name in days} == days


def test_a_shop_without_a_way_to_a_human_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    head = EXAMPLE.read_text("utf-8").partition("[support]")[0]
    file.write_text(head + "[support]\n", "utf-8")
    with pytest.raises(ShopsError, match="a customer must reach a human"):
        load_shops(file)


def test_two_shops_of_one_source_are_refused(tmp_path: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(EXAMPLE.read_text("utf-8"), "utf-8")
    with pytest.raises(ShopsError, match=r"two\.toml: another file has the same `source`"):
        load_shops(tmp_path)


def test_a_file_that_is_not_there_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(ShopsError, match=r"none\.toml: cannot be read"):
        load_shops(tmp_path / "none.toml")
    with pytest.raises(ShopsError, match="has no file that names a shop"):
        load_shops(tmp_path)
