"""The documentation in a real browser: wide and narrow, light and dark, by keyboard and without scripts."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from config.documentation import contents

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES", "")
"""A folder for pictures of the pages, for people who want to look."""
_OF_API = [path for path in contents.pages() if path.startswith("api/")]
GUIDES = [path for path in contents.pages() if path not in _OF_API]
PAGES = [
    "/docs",
    *(f"/docs/{path}" for path in (*GUIDES, *_OF_API[:2])),
    "/docs/search?q=webhook",
    "/docs/search?q=",
]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def server():
    """The address of a server; what it serves here needs no database."""
    running = LiveServer("127.0.0.1:0")
    yield running.url
    running.stop()


@pytest.mark.parametrize("where", PAGES)
def test_nothing_keeps_anybody_out(open_page, barriers, where):
    page = open_page()
    page.goto(where)
    page.wait_for_load_state()

    found = []
    for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        found += [(size["width"], scheme, *one) for one in barriers(page)]
        width = page.evaluate("document.documentElement.scrollWidth")
        found += [(size["width"], scheme, "wide", width)] * (width > size["width"])
        if PICTURES:
            name = re.sub(r"\W+", "-", where).strip("-")
            file = Path(PICTURES, f"{name}-{size['width']}-{scheme}.png")
            page.screenshot(path=file, full_page=True)

    assert found == []


def chosen(page):
    """The dialects that the groups of tabs of a page show."""
    return page.locator(".tabs input:checked")


def test_a_dialect_is_chosen_by_keyboard_and_remembered(open_page):
    page = open_page()
    page.goto("/docs/first-hour")
    group = page.locator(".tabs").first
    group.get_by_role("radio", name="curl", exact=True).focus()

    page.keyboard.press("ArrowRight")

    expect(group.get_by_role("radio", name="Stripe, Python", exact=True)).to_be_checked()
    expect(group.locator(".code.stripe")).to_be_visible()
    expect(group.locator(".code.curl")).to_be_hidden()
    for choice in chosen(page).all():
        expect(choice).to_have_value("stripe")
    page.goto("/docs/portal")
    expect(chosen(page).first).to_have_value("stripe")


def test_a_page_without_the_dialect_shows_its_first_one(open_page):
    page = open_page()
    page.goto("/docs/first-hour")
    page.locator(".tabs").first.get_by_text("Omise, Python").first.click()

    page.goto("/docs/portal")

    expect(chosen(page).first).to_have_value("curl")


def test_tabs_need_no_scripts(open_page):
    page = open_page(script=False)
    page.goto("/docs/first-hour")
    group = page.locator(".tabs").first

    group.locator("label", has_text="Omise, Python").click()

    expect(group.locator(".code.omise pre")).to_be_visible()
    expect(group.locator(".code.curl pre")).to_be_hidden()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)


def test_an_example_is_copied_whole(open_page):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/docs/first-hour")
    group = page.locator(".tabs").first

    group.get_by_role("button", name="Copy curl").click()

    expect(group.get_by_role("button", name="Copied curl")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == group.locator(".code.curl code").text_content()


def test_somebody_searches_by_keyboard(open_page):
    page = open_page()
    page.goto("/docs")
    page.wait_for_load_state()

    page.keyboard.press("Control+k")
    page.keyboard.type("ids and aliases")
    page.keyboard.press("Enter")

    first = page.get_by_role("main").get_by_role("listitem").first
    expect(first.get_by_role("link")).to_contain_text("Ids and aliases")
    first.get_by_role("link").click()
    expect(page).to_have_url(re.compile("/docs/concepts#ids-and-aliases$"))
    expect(page.get_by_role("heading", name="Ids and aliases")).to_be_in_viewport()


def test_a_phone_has_the_pages_in_a_menu(open_page):
    page = open_page(width=390, height=844)
    page.goto("/docs/concepts")
    menu = page.get_by_role("navigation", name="All pages")
    expect(menu).to_be_hidden()

    page.get_by_text("All pages", exact=True).click()
    menu.get_by_text("Build", exact=True).click()
    menu.get_by_role("link", name="Webhooks").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")


def test_the_text_is_a_key_away(open_page):
    page = open_page()
    page.goto("/docs/concepts")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("main")).to_be_focused()


def test_the_reference_remembers_the_language(open_page):
    page = open_page()
    page.goto("/docs/api")
    page.get_by_text("Python", exact=True).first.click()
    expect(page.get_by_role("button", name=re.compile("^Copy")).first).to_be_visible()

    page.reload()

    expect(page.get_by_role("radio", name="Python")).to_be_checked()
