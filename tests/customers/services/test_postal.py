"""Addresses as each country writes them."""

import pytest
from babel import Locale

from customers.services import postal


@pytest.mark.parametrize(
    ("country", "columns"),
    [
        pytest.param("US", ["line1", "line2", "city", "state", "postal_code"], id="town first"),
        pytest.param("JP", ["postal_code", "state", "line1", "line2"], id="large to small"),
        pytest.param("KR", ["state", "city", "line1", "line2", "postal_code"], id="code last"),
        pytest.param("FR", ["line1", "line2", "postal_code", "city"], id="code before town"),
        pytest.param("HK", ["state", "city", "line1", "line2"], id="no codes"),
        pytest.param("SG", ["line1", "line2", "postal_code"], id="a city"),
        pytest.param("XX", ["line1", "line2", "postal_code", "city", "state"], id="unknown"),
    ],
)
def test_parts_come_in_the_country_s_order(country, columns):
    assert [part.column for part in postal.parts_of(country, "en")] == columns


def test_a_part_has_the_country_s_word_and_list(db):
    state = postal.parts_of("JP", "en")[1]

    assert (state.kind, state.is_required, len(state.choices)) == ("prefecture", True, 47)
    assert state.choices[0] == ("北海道", "Hokkaido")
    assert postal.parts_of("JP", "ja")[1].choices[0] == ("北海道", "北海道")


def test_countries_are_named_and_ordered_by_language():
    french = postal.countries(Locale("fr"))

    assert ("DE", "Allemagne") in french
    assert [name for _code, name in french][:2] == ["Afghanistan", "Afrique du Sud"]
    assert not {"XA", "EZ", "IC"} & {code for code, _name in french}


@pytest.mark.parametrize(
    ("address", "wrong"),
    [
        pytest.param({"country": "US", "state": "CA", "postal_code": "10001"}, True, id="of NY"),
        pytest.param({"country": "US", "state": "CA", "postal_code": "94016"}, False, id="of CA"),
        pytest.param({"country": "TH", "postal_code": "123"}, True, id="too short"),
        pytest.param({"country": "CN", "state": "北京市", "city": "?", "postal_code": "100096"}, False, id="odd town"),
        pytest.param({"country": "XX", "postal_code": "1"}, False, id="unknown country"),
        pytest.param({"country": "GB"}, False, id="nothing"),
    ],
)  # fmt: skip
def test_only_a_postal_code_can_be_wrong(address, wrong):
    assert postal.wrong_parts(address) == ({"postal_code"} if wrong else set())
