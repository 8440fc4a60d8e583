"""Finding what the documentation says."""

import pytest

from config.documentation import contents, search


def places(question):
    return [
        (result.section.page.path, result.section.anchor)
        for result in search.find(question).results
    ]


def test_a_heading_comes_before_what_only_mentions_it():
    assert places("ids and aliases")[0] == ("concepts", "ids-and-aliases")


def test_a_title_comes_first():
    assert places("webhooks")[0] == ("webhooks", "")


def test_every_word_is_there():
    results = search.find("erasure plan").results

    assert results
    for result in results:
        section = result.section
        text = f"{section.page.title} {section.heading} {section.text}".lower()
        assert "erasure" in text
        assert "plan" in text


def test_examples_are_searched_too():
    assert ("concepts", "test-clocks") in places("frozen_time")


def test_an_excerpt_shows_what_was_asked_for():
    result = search.find("X-Revkeen-Signature").results[0]

    assert result.excerpt[1].lower() == "x-revkeen-signature"
    assert "".join(result.excerpt).strip("… ") in result.section.text


def test_an_excerpt_from_the_middle_says_so():
    result = next(
        result for result in search.find("sequence").results if result.excerpt[0].startswith("… ")
    )

    whole = "".join(result.excerpt)
    assert whole.endswith(" …") or result.section.text.endswith(whole[2:])
    assert f" {whole[2:].removesuffix(' …')}" in result.section.text


def test_a_slip_of_the_pen_is_mended():
    answer = search.find("idempotancy")

    assert answer.words == ["idempotency"]
    assert answer.results


@pytest.mark.parametrize("question", ["", "   ", "qqqqqxxxx"])
def test_nothing_is_found_where_there_is_nothing(question):
    assert search.find(question).results == []


def test_no_more_is_shown_than_anybody_reads():
    assert len(search.find("a").results) == search.MOST


def test_no_more_is_read_than_anybody_types():
    assert search.find("customer " * 1000).words == ["customer"] * (search.LONGEST // 9) + ["c"]


def test_every_section_of_a_page_is_known():
    page = contents.pages()["concepts"]

    anchors = [section.anchor for section in search._sections_of(page)]

    assert anchors[:3] == ["", "sites-and-modes", "one-domain-several-dialects"]
