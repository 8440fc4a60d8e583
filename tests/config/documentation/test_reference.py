"""Lines of a page that stand for a part of the API's reference."""

import pytest

from config.documentation import contents, reference


def paths(names):
    return [f"{each.method} {each.path}" for each in reference.operations(names)]


def test_a_path_stands_for_itself_and_with_a_star_for_what_begins_so():
    one = paths("/v1/coupons/{id}")
    all_of_them = paths("/v1/coupons*")

    assert one == ["GET /v1/coupons/{id}", "POST /v1/coupons/{id}", "DELETE /v1/coupons/{id}"]
    assert all_of_them == ["GET /v1/coupons", "POST /v1/coupons", *one]
    assert paths("Coupons") == all_of_them


@pytest.mark.parametrize("names", ["Unicorns", "/v1/unicorns", "/v1/unicorns*"])
def test_what_there_is_not_is_refused(names):
    with pytest.raises(KeyError):
        reference.operations(names)


def test_a_line_becomes_a_part_of_the_reference():
    (token,) = contents.parser().parse("::: members mandate\n")

    assert (token.type, token.info, token.content) == (reference.TYPE, "members", "mandate")
    assert "<code>mandate</code>" in contents.parser().render("::: members mandate\n")


@pytest.mark.parametrize("line", ["::: unicorns Coupons", ":: endpoints Coupons"])
def test_another_line_is_a_paragraph(line):
    tokens = contents.parser().parse(line)

    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
