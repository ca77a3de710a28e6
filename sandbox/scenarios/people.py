"""The customers of the demo. Between them they use every channel and every language."""

from headsup.contracts.base import Item, Money, PickupPoint
from headsup.contracts.channels import Channel
from sandbox.scenarios.model import Person, Surroundings

_UKRAINE = Surroundings(
    basket=(
        Item(name="Чайник «Ранок», 1,7 л", price=Money(amount="1299.00", currency="UAH")),
        Item(name="Чашка керамічна", quantity=2, price=Money(amount="245.50", currency="UAH")),
    ),
    total=Money(amount="1790.00", currency="UAH"),
    carrier="Швидка Пошта",
    pickup=PickupPoint(
        name="Швидка Пошта, відділення № 12",
        address="Київ, вул. Саксаганського, 40",
        hours="Пн–Сб 9:00–20:00",
        code="4471",
    ),
    return_address="Швидка Пошта, відділення № 12, Київ, вул. Саксаганського, 40",
)
_BRITAIN = Surroundings(
    basket=(
        Item(name="Walking boots, size 9", price=Money(amount="94.00", currency="GBP")),
        Item(name="Wool socks", quantity=3, price=Money(amount="8.50", currency="GBP")),
    ),
    total=Money(amount="119.50", currency="GBP"),
    carrier="Swift Post",
    pickup=PickupPoint(
        name="Swift Post locker 204",
        address="18 Station Road, Leeds",
        hours="open day and night",
        code="9052",
    ),
    return_address="Swift Post counter, 18 Station Road, Leeds",
)
_LATVIA = Surroundings(
    basket=(
        Item(name="Настольная лампа «Маяк»", price=Money(amount="59.90", currency="EUR")),
        Item(name="Лампочка E27", quantity=2, price=Money(amount="4.50", currency="EUR")),
    ),
    total=Money(amount="68.90", currency="EUR"),
    carrier="Балт Экспресс",
    pickup=PickupPoint(
        name="Балт Экспресс, пакомат 7",
        address="Рига, ул. Бривибас, 96",
        hours="круглосуточно",
        code="3318",
    ),
    return_address="Балт Экспресс, пакомат 7, Рига, ул. Бривибас, 96",
)

PEOPLE: dict[str, Person] = {
    person.key: person
    for person in (
        Person(
            key="oksana",
            name="Оксана Мельник",
            language="uk",
            time_zone="Europe/Kyiv",
            email="oksana@mail.example",
            chat="700100201",
            surroundings=_UKRAINE,
        ),
        Person(
            key="mykola",
            name="Микола Бондар",
            language="uk",
            time_zone="Europe/Kyiv",
            phone="+380501234567",
            surroundings=_UKRAINE,
        ),
        Person(
            key="james",
            name="James Whitfield",
            language="en",
            time_zone="Europe/London",
            email="james@mail.example",
            phone="+447911123456",
            surroundings=_BRITAIN,
        ),
        Person(
            key="emma",
            name="Emma Clarke",
            language="en",
            time_zone="Europe/London",
            email="emma@mail.example",
            chat="700100305",
            surroundings=_BRITAIN,
        ),
        Person(
            key="irina",
            name="Ирина Соколова",
            language="ru",
            time_zone="Europe/Riga",
            email="irina@mail.example",
            phone="+37120000000",
            surroundings=_LATVIA,
        ),
        Person(
            key="pavel",
            name="Павел Орлов",
            language="ru",
            time_zone="Europe/Riga",
            email="pavel@mail.example",
            chat="700100409",
            surroundings=_LATVIA,
        ),
        Person(
            key="daryna",
            name="Дарина Коваль",
            language="uk",
            time_zone="Europe/Kyiv",
            email="daryna@mail.example",
            chat="700100513",
            agreed=frozenset({Channel.EMAIL}),
            surroundings=_UKRAINE,
        ),
        Person(
            key="nora",
            name="Nora Hughes",
            language="en",
            time_zone="Europe/London",
            email="nora@mail.example",
            phone="+447911123789",
            agreed=frozenset({Channel.EMAIL, Channel.SMS}),
            surroundings=_BRITAIN,
        ),
        Person(
            key="sofia",
            name="Софія Гнатюк",
            language="uk",
            time_zone="Europe/Kyiv",
            email="sofia@mail.example",
            phone="+380671234501",
            whatsapp="+380671234501",
            prefers=(Channel.WHATSAPP,),
            surroundings=_UKRAINE,
        ),
        Person(
            key="taras",
            name="Тарас Левченко",
            language="uk",
            time_zone="Europe/Kyiv",
            phone="+380671234502",
            whatsapp="+380671234502",
            surroundings=_UKRAINE,
        ),
        Person(
            key="lesia",
            name="Леся Кравець",
            language="uk",
            time_zone="Europe/Kyiv",
            phone="+380671234503",
            surroundings=_UKRAINE,
        ),
        Person(
            key="chloe",
            name="Chloe Evans",
            language="en",
            time_zone="Europe/London",
            email="chloe@mail.example",
            chat="700100617",
            surroundings=_BRITAIN,
        ),
        Person(
            key="artyom",
            name="Артём Ильин",
            language="ru",
            time_zone="Europe/Riga",
            email="artyom@mail.example",
            phone="+37120000007",
            surroundings=_LATVIA,
        ),
        Person(
            key="vera",
            name="Вера Лапина",
            language="ru",
            time_zone="Europe/Riga",
            email="vera@mail.example",
            surroundings=_LATVIA,
        ),
    )
}
