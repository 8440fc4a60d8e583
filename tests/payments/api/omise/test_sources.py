"""`/omise/sources` as it is spoken: customers' bank accounts, and a clear word for all else."""

import pytest

from tests.payments.api.conftest import jenny

__all__ = ["jenny"]


@pytest.fixture
def account(api, jenny):
    """Jenny's verified bank account, made through `/v1/`."""
    answer = api.post(f"customers/{jenny}/sources", source="btok_us_verified")
    assert answer.status == 200, answer.body
    return answer.body


@pytest.fixture
def source(account):
    return f"src_test_{account['id'].removeprefix('ba_')}"


def test_a_bank_account_is_a_source(omise, account, source):
    answer = omise.get(f"sources/{source}")

    assert answer.status == 200
    assert answer.body == {
        "object": "source", "id": source, "livemode": False, "location": f"/omise/sources/{source}",
        "amount": None, "bank": account["bank_name"], "charge_status": "unknown",
        "created_at": answer.body["created_at"], "currency": "USD", "email": None, "flow": "offline",
        "last_digits": "6789", "name": "Jenny Rosen", "phone_number": None, "type": "us_bank_account",
    }  # fmt: skip


def test_a_bank_account_is_debited(omise, jenny, source):
    answer = omise.post("charges", amount=2000, currency="usd", customer=jenny, source=source)

    body = answer.body
    assert (answer.status, body["status"], body["card"]) == (200, "pending", None)
    assert body["source"] == {
        "object": "source", "id": source, "livemode": False, "location": f"/omise/sources/{source}",
        "amount": 2000, "currency": "USD", "type": "us_bank_account", "flow": "offline",
        "bank": "Test Bank", "last_digits": "6789",
    }  # fmt: skip
    assert (body["disputable"], body["authorize_uri"]) == (False, None)


def test_an_account_that_came_in_as_a_payment_method_is_found_too(omise, api, jenny):
    account = api.post("payment_methods/pm_success_de/attach", customer=jenny).body["id"]

    answer = omise.get(f"sources/src_test_{account[3:]}")

    assert (account[:3], answer.status, answer.body["type"]) == ("pm_", 200, "sepa_debit")


def test_an_account_that_is_not_verified_is_not_debited(omise, api, jenny, nothing_written):
    account = api.post("payment_methods/pm_usBankAccount_success/attach", customer=jenny).body["id"]
    source = f"src_test_{account[3:]}"

    with nothing_written():
        answer = omise.post("charges", amount=2000, currency="usd", customer=jenny, source=source)

    assert (answer.status, answer.body["code"]) == (400, "invalid_charge")
    assert "verified" in answer.body["message"]
    assert "(source)" in answer.body["message"]


@pytest.mark.parametrize("params", [{}, {"customer": "cust_test_nobody"}])
def test_an_account_is_debited_for_its_customer_alone(omise, source, nothing_written, params):
    with nothing_written():
        answer = omise.post("charges", amount=2000, currency="usd", source=source, **params)

    assert answer.status in {400, 404}
    assert answer.body["code"] in {"invalid_charge", "not_found"}


def test_a_default_account_is_no_card(omise, api, jenny, account, nothing_written):
    assert omise.get(f"customers/{jenny}").body["default_card"] is None

    with nothing_written():
        answer = omise.post("charges", amount=2000, currency="usd", customer=jenny)

    assert (answer.status, answer.body["code"]) == (400, "missing_card")


def test_a_card_is_no_source(omise, somchai, nothing_written):
    with nothing_written():
        answers = [
            omise.get(f"sources/{somchai['default_card']}"),
            omise.post(
                "charges", amount=2000, currency="usd", customer=somchai["id"],
                source=somchai["default_card"],
            ),
        ]  # fmt: skip

    assert [(answer.status, answer.body["code"]) for answer in answers] == [(404, "not_found")] * 2


@pytest.mark.parametrize("client", ["omise", "browser"])
@pytest.mark.parametrize("kind", ["promptpay", "alipay", "mobile_banking_kbank", "us_bank_account"])
def test_other_ways_to_pay_are_refused_by_their_names(request, nothing_written, client, kind):
    with nothing_written():
        answer = request.getfixturevalue(client).post(
            "sources", type=kind, amount=2000, currency="thb"
        )

    assert (answer.status, answer.body["code"]) == (400, "bad_request")
    assert f"'{kind}'" in answer.body["message"]
    assert "(type)" in answer.body["message"]


def test_a_source_without_a_type_is_refused(omise):
    assert "(type)" in omise.post("sources", {}).body["message"]


@pytest.mark.parametrize("pk", ["src_test_nothing", "nothing"])
def test_a_source_that_is_not_there(omise, pk):
    answer = omise.get(f"sources/{pk}")

    assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_an_account_in_another_currency_is_refused(omise, jenny, source, nothing_written):
    with nothing_written():
        answer = omise.post("charges", amount=2000, currency="thb", customer=jenny, source=source)

    assert (answer.status, answer.body["code"]) == (400, "invalid_charge")
    assert "currency" in answer.body["message"]
