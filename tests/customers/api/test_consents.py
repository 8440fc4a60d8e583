"""`/v1/customers/{customer}/consents` (rule P10): who, when, by which door, from what to what."""

import pytest

from customers.services import api_keys


@pytest.fixture
def customer(api):
    return api.post("customers").body["id"]


@pytest.fixture
def path(customer):
    return f"customers/{customer}/consents"


def test_a_consent_is_recorded(api, customer, path):
    answer = api.post(path, channel="mail_marketing", granted=True, wording="Send me the letter.")

    wire = dict(answer.body)
    assert wire.pop("id").startswith("cons_")
    assert wire.pop("created") > 0
    actor = wire.pop("actor")
    assert wire == {
        "object": "consent",
        "channel": "mail_marketing",
        "customer": customer,
        "door": "api",
        "granted": True,
        "granted_before": None,
        "ip_address": "127.0.0.1",
        "livemode": False,
        "wording": "Send me the letter.",
    }
    assert actor == str(api_keys.find(api.key))
    assert api.key not in actor
    assert api.get(f"{path}/{answer.body['id']}").body == answer.body
    assert api.get(f"customers/{customer}").body["mail_marketing"] is True


def test_the_history_shows_each_answer(api, customer, path):
    api.post(f"customers/{customer}", mail_marketing=True)
    api.post(path, channel="mail_marketing", granted=False)
    api.post(path, channel="mail_marketing", granted=False)
    api.post(f"customers/{customer}", mail_marketing="")
    api.post(f"customers/{customer}", tele_marketing=True)

    history = [
        (wire["channel"], wire["granted_before"], wire["granted"])
        for wire in api.get(path).body["data"]
    ]

    assert history == [
        ("tele_marketing", None, True),
        ("mail_marketing", False, None),
        ("mail_marketing", False, False),
        ("mail_marketing", True, False),
        ("mail_marketing", None, True),
    ]
    assert "mail_marketing" not in api.get(f"customers/{customer}").body


def test_what_is_said_again_with_the_customer_is_no_news(api, customer, path):
    for _ in range(2):
        api.post(f"customers/{customer}", mail_marketing=True)

    assert len(api.get(path).body["data"]) == 1


def test_one_channel_is_listed(api, path):
    for channel in ("mail_marketing", "tele_marketing"):
        api.post(path, channel=channel, granted=True)

    found = api.get(path, channel="tele_marketing").body["data"]

    assert [wire["channel"] for wire in found] == ["tele_marketing"]
    assert api.get(path, channel="post").error["param"] == "channel"


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"granted": True}, "channel"),
        ({"channel": "mail_marketing"}, "granted"),
        ({"channel": "post", "granted": True}, "channel"),
        ({"channel": "mail_marketing", "granted": ""}, "granted"),
        ({"channel": "mail_marketing", "granted": True, "actor": "me"}, "actor"),
    ],
)
def test_a_consent_is_refused(api, path, nothing_written, params, param):
    with nothing_written():
        answer = api.post(path, params)

    assert (answer.status, answer.error["param"]) == (400, param)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_history_is_never_changed(api, path, nothing_written, method):
    made = api.post(path, channel="mail_marketing", granted=True).body["id"]

    with nothing_written():
        answer = getattr(api, method)(f"{path}/{made}")

    assert answer.status == 405
