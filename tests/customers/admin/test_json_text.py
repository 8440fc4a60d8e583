import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from customers.admin.json_text import highlighted, written

TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=6,
)


def test_kinds_of_values_are_told_apart():
    shown = highlighted({"name": "Ada: <b>", "amount": -2.5e3, "paid": True, "tax": None})

    assert re.findall(r'<span class="json-(\w+)">([^<]*)</span>', shown) == [
        ("key", "&quot;amount&quot;"), ("number", "-2500.0"), ("key", "&quot;name&quot;"),
        ("text", "&quot;Ada: &lt;b&gt;&quot;"), ("key", "&quot;paid&quot;"), ("word", "true"),
        ("key", "&quot;tax&quot;"), ("word", "null"),
    ]  # fmt: skip


@given(JSON)
def test_whatever_is_shown_is_the_json_and_nothing_else(value):
    shown = highlighted(value)

    bare = re.sub(r'<span class="json-(?:key|text|number|word)">|</span>', "", shown)
    assert "<" not in bare
    assert unescape(bare) == written(value)
