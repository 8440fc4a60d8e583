"""The examples of `docs/`: which are run one after the other, and what each is to have answered and printed."""

from dataclasses import dataclass, field
from functools import cache

from config.documentation import contents, fences
from config.documentation.fences import Fence

SESSIONS = {
    "curl": "bash",
    "shell": "bash",
    "stripe": "stripe",
    "omise": "omise",
    "node": "node",
    "revkeen": "revkeen",
}
"""By role: the session that runs it. What is typed at a prompt is one session."""
SET_UP = "api/libraries"
"""The page whose examples begin every session of the pages below `api/`."""
_SHOWN = {"response", "output"}


@dataclass
class Step:
    """An example that is run, or shown, with what stands behind it."""

    page: str
    fence: Fence
    responses: list[Fence] = field(default_factory=list)
    outputs: list[Fence] = field(default_factory=list)

    @property
    def session(self):
        return "" if "by" in self.fence.options else SESSIONS[self.fence.role]

    @property
    def where(self):
        return f"docs/{self.page}.md:{self.fence.line}"

    def told(self, what):
        """Return what is wrong, with the example."""
        return f"{self.where}: {what}\n\n{self.fence.text}"


def of(path):
    """Return the examples of a page."""
    return list(fences.of(contents.pages()[path]))


def files(path):
    """Return the files that a page has its reader write, by their names."""
    return {fence.options["file"]: fence.text for fence in of(path) if "file" in fence.options}


@cache
def steps(path, session):
    """Return what a session runs of a page, in order; of an API's page, how its library is set up comes first."""
    before = steps(SET_UP, session) if path.startswith("api/") and path != SET_UP else ()
    own = tuple(step for step in of_page(path) if step.session == session)
    return own and (*before, *own)


@cache
def of_page(path):
    """Return the examples of a page that are commands or programs, in order."""
    found, together = [], []
    for fence, is_next in _with_neighbours(path):
        if fence.role in SESSIONS and "file" not in fence.options:
            if not is_next or together[-1].fence.role == fence.role or _is_answered(together):
                together = []
            together.append(Step(path, fence))
            found.append(together[-1])
        elif fence.role in _SHOWN:
            for step in _meant(fence, together):
                {"response": step.responses, "output": step.outputs}[fence.role].append(fence)
    return found


def _with_neighbours(path):
    """Yield each example, and whether it stands right behind another one."""
    was_fence = False
    for token in contents.pages()[path].tokens:
        if token.type == "fence":
            yield fences.read(token), was_fence
        was_fence = token.type == "fence"


def _is_answered(together):
    return any(step.responses or step.outputs for step in together)


def _meant(fence, together):
    """Return the calls that an answer or output belongs to.

    Beside calls of Stripe's dialect, one of Omise's is another spelling, which is not shown; and only programs print
    what is chosen to be seen: curl prints the answer.
    """
    others = "omise" if fence.role == "response" else "curl"
    return [step for step in together if step.fence.role != others] or together


def left_to(path, test, words, instead=None):
    """Return the one example of a page with some words in it that a test of its own runs.

    Args:
        test: its file, as the example's option `by` has it.
        instead: what the test puts in place of what the reader is shown.
    """
    (text,) = [
        fence.text for fence in of(path) if fence.options.get("by") == test and words in fence.text
    ]
    return adapted(text, instead or {})


def adapted(text, instead):
    """Return a text with other words in place of some that it has."""
    for shown, meant in instead.items():
        assert shown in text
        text = text.replace(shown, str(meant))
    return text
