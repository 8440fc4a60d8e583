"""The pages below /docs, as anybody gets them."""

import re

import pytest

from config.documentation import contents

PAGES = [f"/docs/{path}" for path in contents.pages()]
EACH = pytest.mark.parametrize(
    "where", ["/docs", *PAGES, "/docs/search?q=customer", "/docs/nowhere"]
)


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("where", ["/docs", *PAGES])
def test_everybody_may_read(client, where):
    response = client.get(where)

    assert response.status_code == 200
    assert response.headers["Content-Language"] == "en"


@EACH
def test_pages_bring_their_own_and_nothing_inline(client, where):
    response = client.get(where)
    page = text(response)

    assert re.findall(r'(?:src|srcset)="(?:https?:)?//', page) == []
    assert re.findall(r'<link[^>]+href="(?:https?:)?//', page) == []
    assert re.findall(r"<[^>]+\s(?:style|on[a-z]+)=", page) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag] == []
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


@EACH
def test_pages_are_in_english_with_one_heading_above_all(client, where):
    page = text(client.get(where, headers={"Accept-Language": "th"}))

    assert '<html lang="en">' in page
    assert page.count("<h1") == 1


@EACH
def test_no_name_stands_for_two_things(client, where):
    ids = re.findall(r'\sid="([^"]+)"', text(client.get(where)))

    assert sorted(ids) == sorted(set(ids))


def test_what_has_not_changed_is_not_sent_again(client):
    tag = client.get("/docs/concepts").headers["ETag"]

    again = client.get("/docs/concepts", headers={"If-None-Match": tag})
    other = client.get("/docs/webhooks", headers={"If-None-Match": tag})

    assert (again.status_code, again.content) == (304, b"")
    assert other.status_code == 200


def test_the_first_page_leads_to_all(client):
    page = text(client.get("/docs"))

    assert [where for where in PAGES if f'href="{where}"' not in page] == []


def test_a_page_is_marked_in_the_navigation(client):
    page = text(client.get("/docs/concepts"))

    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == ["/docs/concepts"] * 2


def test_a_page_leads_to_those_before_and_after(client):
    ordered = list(contents.pages())
    place = ordered.index("concepts")

    page = text(client.get("/docs/concepts"))

    assert f'href="/docs/{ordered[place - 1]}" rel="prev"' in page
    assert f'href="/docs/{ordered[place + 1]}" rel="next"' in page


def test_the_ends_lead_one_way_only(client):
    first, last = PAGES[0], PAGES[-1]

    assert 'rel="prev"' not in text(client.get(first))
    assert 'rel="next"' not in text(client.get(last))


@pytest.mark.parametrize(
    "path", ["nowhere", "../manage", "concepts.md", "contents", "api/../concepts", "%2e%2e/README"]
)
def test_there_is_no_other_page(client, path):
    response = client.get(f"/docs/{path}")

    assert response.status_code == 404
    assert "There is no such page" in text(response)
    assert "All pages" in text(response)


def test_a_page_that_is_missed_is_looked_for(client):
    page = text(client.get("/docs/guides/webhook"))

    assert 'href="/docs/webhooks"' in page.partition("Perhaps you look for")[2]


def test_a_search_leads_to_sections(client):
    page = text(client.get("/docs/search", {"q": "ids and aliases"}))

    assert 'href="/docs/concepts#ids-and-aliases"' in page
    assert "<mark>" in page


def test_a_search_shows_what_was_asked_as_text(client):
    page = text(client.get("/docs/search", {"q": '<script>"'}))

    assert "<script>&quot;" not in page
    assert "&lt;script&gt;&quot;" in page


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("", "Type what you look for"),
        ("qqqqqxxxx", "Nothing here has all of “qqqqqxxxx”"),
        ("idempotancy", "“idempotency”, since nothing has “idempotancy”"),
    ],
)
def test_a_search_says_what_it_did(client, question, said):
    assert said in text(client.get("/docs/search", {"q": question}))


@pytest.mark.parametrize("where", ["/docs", "/docs/concepts", "/docs/search", "/docs/nowhere"])
def test_they_are_only_read(client, where):
    assert client.post(where).status_code == 405


@pytest.mark.parametrize(
    ("asked", "meant"), [("/docs/", "/docs"), ("/docs/scaling//", "/docs/scaling")]
)
def test_a_slash_too_many_leads_to_the_page(client, asked, meant):
    response = client.get(asked)

    assert (response.status_code, response["Location"]) == (301, meant)
