"""From Markdown to HTML."""

import re

import pytest

from config.documentation import contents, rendering
from config.documentation.contents import Page
from config.documentation.rendering import Heading


@pytest.fixture
def page():
    """Make a page that says something."""

    def make(text, path="guides/here"):
        tokens = contents.parser().parse(f"---\ntitle: Here\n---\n{text}")[1:]
        return Page(path, "Guides", "Here", "It is here.", "", tuple(tokens))

    return make


def captions(html):
    return re.findall(r"<figcaption><span>([^<]+)", html)


CURL, STRIPE, OMISE = (
    f"```{opening}\nrun\n```\n" for opening in ("bash curl", "python stripe", "python omise")
)
RESPONSE = '```json response\n{"a": 1}\n```\n'


def test_one_call_in_several_dialects_is_a_group_of_tabs(page):
    html = rendering.html(page(CURL + STRIPE + OMISE + RESPONSE))

    assert html.count("<fieldset") == 1
    assert re.findall(r'value="(\w+)"( checked)?', html) == [
        ("curl", " checked"),
        ("stripe", ""),
        ("omise", ""),
    ]
    assert captions(html) == ["curl", "Stripe, Python", "Omise, Python", "Response"]


def test_the_next_call_is_another_group(page):
    html = rendering.html(page(CURL + STRIPE + CURL + STRIPE))

    assert html.count("<fieldset") == 2
    assert len(set(re.findall(r'name="(tabs-\d)"', html))) == 2


@pytest.mark.parametrize("text", [CURL, STRIPE + RESPONSE, CURL + "\nBut also\n\n" + STRIPE])
def test_what_stands_alone_has_no_tabs(page, text):
    assert "<fieldset" not in rendering.html(page(text))


def test_examples_are_coloured_by_classes_and_stay_text(page):
    html = rendering.html(page('```python\nprint("<b>")  # a & b\n```'))

    assert '<span class="c1"># a &amp; b</span>' in html
    assert "&lt;b&gt;" in html
    assert "style=" not in html


def test_html_stays_text(page):
    assert "&lt;script&gt;" in rendering.html(page("<script>alert(1)</script>"))


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("there.md", "/docs/guides/there"),
        ("../concepts.md#money", "/docs/concepts#money"),
        ("#below", "#below"),
        ("https://example.com/a.md", "https://example.com/a.md"),
        ("/admin/", "/admin/"),
    ],
)
def test_links_between_files_lead_to_pages(page, link, target):
    assert f'<a href="{target}">' in rendering.html(page(f"See [there]({link})."))


def test_a_page_is_the_same_when_it_is_shown_again(page):
    shown = page("See [there](there.md).")

    assert rendering.html(shown) == rendering.html(shown)


def test_headings_have_names(page):
    shown = page("## One `thing`\n\n### Part of it\n\n## One thing\n")

    assert rendering.headings(shown) == [
        Heading("one-thing", "One thing", 2),
        Heading("part-of-it", "Part of it", 3),
        Heading("one-thing-1", "One thing", 2),
    ]


def test_tables_and_notes(page):
    html = rendering.html(page("| A |\n|---|\n| b |\n\n> [!WARNING]\n> Mind.\n"))

    assert '<div class="table" tabindex="0"><table>' in html
    assert '<p class="markdown-alert-title">Warning</p>' in html
