"""What stands behind ``` in a page."""

import pytest
from markdown_it import MarkdownIt

from config.documentation import fences
from config.documentation.fences import Fence
from config.env import BASE_DIR


def read(text):
    (token,) = MarkdownIt().parse(text)
    return fences.read(token)


@pytest.mark.parametrize(
    ("opening", "language", "role", "options"),
    [
        ("python stripe", "python", "stripe", {}),
        ("json response", "json", "response", {}),
        ("sql", "sql", "", {}),
        ('bash shell by="tests/of it.py"', "bash", "shell", {"by": "tests/of it.py"}),
        ("bash curl status=402", "bash", "curl", {"status": "402"}),
        ("text file=customers.csv", "text", "", {"file": "customers.csv"}),
    ],
)
def test_an_opening_says_what_an_example_is(opening, language, role, options):
    fence = read(f"```{opening}\nthe text\n```")

    assert (fence.language, fence.role, fence.options) == (language, role, options)
    assert fence.text == "the text\n"


@pytest.mark.parametrize(
    "opening",
    ["", "cobol", "python strip", "python stripe omise", "bash shell until=noon"],
)
def test_other_openings_are_refused(opening):
    with pytest.raises(ValueError, match="No example begins with"):
        read(f"```{opening}\nthe text\n```")


def test_a_file_is_shown_as_it_is():
    fence = read("```nginx include=deploy/nginx.conf\n```")

    assert fence.text == (BASE_DIR / "deploy" / "nginx.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("fence", "caption"),
    [
        (Fence("python", "stripe", {}, "", 1), "Stripe, Python"),
        (Fence("nginx", "", {}, "", 1), "nginx"),
        (Fence("nginx", "", {"include": "deploy/nginx.conf"}, "", 1), "deploy/nginx.conf"),
        (Fence("python", "", {"file": "hook.py"}, "", 1), "hook.py"),
    ],
)
def test_an_example_has_a_caption(fence, caption):
    assert fence.caption == caption
