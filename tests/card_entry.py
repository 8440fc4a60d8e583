"""What a page's script does with a card, without a browser: it asks the token route with the page's own key."""

import html
import json
import re

CARD = {
    "number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123", "name": "Jenny Rosen",
}  # fmt: skip


def key_on(page):
    """Return the key that a page gives its script."""
    return re.search(r'data-card-key="([^"]+)"', page.content.decode())[1]


def words_on(page):
    """Return what a page gives its script to say."""
    text = re.search(r'id="card-words" type="application/json">(.+?)</script>', page.content.decode())[1]  # fmt: skip
    return json.loads(html.unescape(text))


def asked(client, page, body):
    """Return what the token route answers to a page's script."""
    headers = {"Authorization": f"Bearer {key_on(page)}"}
    return client.post("/v1/tokens", json.dumps(body), "application/json", headers=headers)


def token_of(client, page, **changes):
    """Return the token for a card that is typed into a page."""
    answer = asked(client, page, {"card": {**CARD, **changes}})
    assert answer.status_code == 200, answer.content
    return answer.json()["id"]


def refusal_of(client, page, **changes):
    """Return the status of a refused card, and what the page's script says of it."""
    answer = asked(client, page, {"card": {**CARD, **changes}})
    error = answer.json()["error"]
    return answer.status_code, words_on(page)["texts"]["errors"][
        error.get("decline_code") or error["code"]
    ]
