"""Every page of the dashboard, in a real browser: wide and narrow, light and dark, for eyes, ears and keyboards.

The addresses come from the table of addresses and the rows from `tests/seeds/dashboard.py`, so a new page is visited
without a word here. Each is opened once; then the window is narrowed and the lights go out on the spot.
"""

import re
from itertools import groupby

import pytest

from config.env import BASE_DIR
from customers.kit.tenancy import scoped_to
from customers.services import demo
from tests.customers.admin.test_access import ADDRESSES
from tests.journeys.conftest import EMAIL, PASSWORD
from tests.seeds import dashboard

pytestmark = pytest.mark.browser

AXE = BASE_DIR / "tests" / "wire" / "node" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules that dark mode can break; all others see the same page."""
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
STOCK = {"add", "change", "delete"}
"""What the stock admin has an address of for every model, whether there is such a page or not."""
GAP = re.compile(r"<str:(\w+)>")
VISITED = [
    (name, address)
    for name, address in ADDRESSES
    if name and name not in {"logout", "choose", *dashboard.WITHOUT_PAGE}
]

WATCH = """
  window.__broken = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    window.__broken.push(`${event.violatedDirective}: ${event.blockedURI}`));
"""
SEEN = """() => ({
  headings: document.querySelectorAll("h1").length,
  title: document.title,
  width: document.documentElement.scrollWidth,
  broken: window.__broken,
})"""
FOUND = """async (rules) => {
  const found = await axe.run(document, { runOnly: rules, resultTypes: ["violations"], iframes: false });
  return found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.target}`));
}"""
# Whatever can be reached by keyboard looks otherwise while it has the focus.
UNSEEN_FOCUS = """() => {
  const look = (one) => {
    const style = getComputedStyle(one), after = getComputedStyle(one, "::after");
    const drawn = (from) => from.outlineStyle === "none" ? "" : from.outlineWidth + from.outlineColor;
    return [drawn(style), drawn(after), style.boxShadow, style.borderColor, style.insetInlineStart].join();
  };
  const able = "a[href], button, input:not([type=hidden]), select, textarea, summary, iframe, [tabindex='0']";
  const unseen = [];
  for (const one of document.querySelectorAll(able)) {
    if (!one.checkVisibility({ visibilityProperty: true }) || one.disabled || one.tagName === "IFRAME") continue;
    document.activeElement.blur();
    const before = look(one);
    one.focus({ preventScroll: true });
    if (document.activeElement === one && look(one) === before) unseen.push(one.outerHTML.slice(0, 120));
  }
  return unseen;
}"""
# Forms that ask for something are sent without it; what only wants a yes is left alone.
SPOIL = """() => {
  const form = document.querySelector("form.form");
  const asked = form ? [...form.querySelectorAll(".is-required :is(input, textarea)")] : [];
  const others = ["checkbox", "radio", "file", "color", "hidden"];
  const texts = asked.filter((one) => !others.includes(one.type) && !one.disabled);
  for (const one of texts) one.value = "";
  return texts.length > 0;
}"""


@pytest.fixture(scope="module")
def rows(transactional_db):
    with scoped_to(demo.site(), livemode=False):
        return dashboard.rows(demo.site())


@pytest.fixture(scope="module")
def page(chromium, server):
    """One browser window for all pages, in which Robin is signed in."""
    if not AXE.exists():
        pytest.skip("needs axe-core: npm install --prefix tests/wire/node")
    context = chromium.new_context(
        base_url=server,
        viewport=WIDE,
        color_scheme="light",
        reduced_motion="reduce",
        locale="en-US",
    )
    context.add_init_script(WATCH)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto("/admin/")
    page.get_by_label("Email address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Willow & Pine").wait_for()
    yield page
    context.close()


def _filled(name, address, rows):
    """Return an address with the ids of rows that its page has something to say of."""
    fitting = [key for key in rows if name.startswith(key)]
    gaps = rows[max(fitting, key=len)] if fitting else {}
    missing = [gap for gap in GAP.findall(address) if gap not in gaps]
    if missing:
        pytest.fail(f"{name} needs {missing}: enter a row for it in tests/seeds/dashboard.py")
    path = GAP.sub(lambda gap: str(gaps[gap[1]]), address)
    return f"/admin/{path}?{gaps.get('query', '')}"


def _faults(page):
    """Yield what is wrong with the page that is open, in all sizes and lights."""
    page.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
    every, colours = {"type": "tag", "values": TAGS}, {"type": "rule", "values": COLOURS}
    for size, scheme, rules in (
        (WIDE, "light", every), (WIDE, "dark", colours), (NARROW, "dark", every), (NARROW, "light", colours),
    ):  # fmt: skip
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        where = f"{size['width']} {scheme}"
        yield from (f"{where}: {found}" for found in page.evaluate(FOUND, rules))
        seen = page.evaluate(SEEN)
        if seen["width"] > size["width"]:
            yield f"{where}: {seen['width']} pixels wide"
    yield from (f"policy: {broken}" for broken in seen["broken"])
    if seen["headings"] != 1 or not seen["title"]:
        yield f"{seen['headings']} headings under the title “{seen['title']}”"
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    page.keyboard.press("Tab")
    yield from (f"focus cannot be seen: {one}" for one in page.evaluate(UNSEEN_FOCUS))


def _visited(page, name, url):
    """Yield what is wrong with a page, and with its form where that was sent without what it asks for."""
    answer = page.goto(url)
    if answer.status >= 400:
        is_stock = name.rpartition("_")[2] in STOCK and answer.status in {403, 404}
        if not is_stock:
            yield f"answers {answer.status}: enter a row in a fitting state in tests/seeds/dashboard.py"
        return
    yield from _faults(page)
    if page.evaluate(SPOIL):
        page.locator(
            "form.form button.primary[type=submit], form.form .submit button"
        ).first.click()
        page.locator("[role=alert]").wait_for()
        yield from (f"with an error: {fault}" for fault in _faults(page))


MODELS = {
    model: list(found)
    for model, found in groupby(VISITED, lambda each: "_".join(each[0].split("_")[:2]))
}


@pytest.mark.parametrize("model", MODELS)
def test_nothing_keeps_anybody_from_using_a_page(page, rows, model):
    complaints = []

    def note(message):
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    faults = {}
    for name, address in MODELS[model]:
        found = [*_visited(page, name, _filled(name, address, rows)), *complaints]
        complaints.clear()
        if found:
            faults[name] = found
    page.remove_listener("console", note)

    assert faults == {}


def test_every_address_is_visited():
    assert sum(map(len, MODELS.values())) == len(VISITED) > 150
