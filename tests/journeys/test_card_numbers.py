"""What the page's script tells of a card from its number, date and code alone, run in a real browser."""

import pytest

from tests.journeys.card_pages import link, pay, scope

__all__ = ["link", "pay", "scope"]
pytestmark = pytest.mark.browser
BRANDS = [
    ("4242424242424242", "visa", "4242 4242 4242 4242"),
    ("5555555555554444", "mastercard", "5555 5555 5555 4444"),
    ("2221000000000009", "mastercard", "2221 0000 0000 0009"),
    ("2720990000000007", "mastercard", "2720 9900 0000 0007"),
    ("2220990000000000", "", "2220 9900 0000 0000"),
    ("2721000000000004", "", "2721 0000 0000 0004"),
    ("378282246310005", "amex", "3782 822463 10005"),
    ("30569309025904", "diners", "3056 930902 5904"),
    ("6011111111111117", "discover", "6011 1111 1111 1117"),
    ("3566002020360505", "jcb", "3566 0020 2036 0505"),
    ("6200000000000005", "unionpay", "6200 0000 0000 0005"),
    ("6759649826438453", "maestro", "6759 6498 2643 8453"),
]
EXPIRIES = {
    "1/28": [1, 2028], "01/28": [1, 2028], "12 / 2028": [12, 2028], "1228": [12, 2028], "122028": [12, 2028],
    "128": [1, 2028], "2028-12": [12, 2028], "１２/２８": [12, 2028], "13/28": None, "00/30": None, "soon": None,  # noqa: RUF001 -- as above
}  # fmt: skip


def test_brands_are_known_and_numbers_grouped(pay):
    page = pay()

    found = page.evaluate(
        """numbers => numbers.map(number => {
            const known = globalThis.cardEntry.numbers;
            return [number, known.brandOf(number)?.name ?? "", known.grouped(number)];
        })""",
        [number for number, _, _ in BRANDS],
    )

    assert [tuple(one) for one in found] == BRANDS


def test_expiries_are_taken_as_people_write_them(pay):
    page = pay()

    found = page.evaluate(
        """texts => texts.map(text => {
            const expiry = globalThis.cardEntry.numbers.expiryOf(text);
            return [text, expiry && [expiry.month, expiry.year]];
        })""",
        list(EXPIRIES),
    )

    assert dict(found) == EXPIRIES


def test_what_is_wrong_is_known_by_name(pay):
    page = pay()

    found = page.evaluate(
        """() => {
            const { wrongNumber, wrongExpiry, wrongCode, passesLuhn } = globalThis.cardEntry.numbers;
            const now = new Date(2026, 10, 23);
            return [
                ["4242424242424241", "424242", "", "30569309025904", "4242 4242 4242 4242"].map(wrongNumber),
                ["10/26", "11/26", "11/51", "12/51", ""].map(text => wrongExpiry(text, now)),
                [["123", "visa"], ["1234", "visa"], ["123", "amex"], ["1234", "amex"], ["1234", ""], ["", "visa"]]
                    .map(([code, brand]) => wrongCode(code, brand)),
                ["79927398713", "79927398710", ""].map(passesLuhn),
            ];
        }"""
    )

    assert found == [
        ["incorrect_number", "number_short", "number_missing", "", ""],
        ["expired_card", "", "", "expiry_wrong", "expiry_missing"],
        ["", "code_of_three", "code_of_four", "", "", "code_missing"],
        [True, False, False],
    ]
