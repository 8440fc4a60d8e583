"""Deep links: what comes behind each, and what it says."""

import pytest

from portal.services import flows

REDIRECT = {"type": "redirect", "redirect": {"return_url": "https://shop.example.com/"}}
WORDS = {"type": "hosted_confirmation", "hosted_confirmation": {"custom_message": "Bye."}}


@pytest.mark.parametrize(
    ("after", "found"),
    [
        pytest.param(REDIRECT, "https://shop.example.com/", id="redirect"),
        pytest.param(WORDS, "", id="confirmation"),
        pytest.param(None, "", id="nothing said"),
    ],
)
def test_return_url_is_that_of_a_redirect(after, found):
    assert flows.return_url({"after_completion": after}) == found


@pytest.mark.parametrize(("done", "words"), [("subscription_cancel", "Bye."), ("retention", "")])
def test_own_words_are_for_what_was_asked_for(done, words):
    flow = {"type": "subscription_cancel", "after_completion": WORDS, flows.DONE: done}

    assert flows.own_words(flow) == words


def test_who_says_nothing_shows_the_portal():
    assert flows.after({"type": "subscription_cancel"}) == {"type": "portal_homepage"}


@pytest.mark.parametrize("kind", sorted(flows.TYPES))
def test_every_flow_begins_on_a_page_of_its_own(kind):
    member = {"subscription": "sub_1", "invoice": "in_1"}

    name, *args = flows.start({"type": kind, kind: member})

    assert flows.is_page(kind, name)
    assert args in ([], ["sub_1"], ["in_1"])
