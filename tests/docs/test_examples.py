"""Every example of `docs/` is run, and answers and prints what its page shows."""

import json
import shutil

import pytest

from config.documentation import contents
from tests.docs import examples
from tests.docs.answers import RECORD, differences, text_is_like
from tests.docs.sessions import RUN, run_node

PAGES = [
    pytest.param(
        path, session, id=f"{path}-{session}", marks=[pytest.mark.node] * (RUN[session] is run_node)
    )
    for path in contents.pages()
    for session in RUN
    if examples.steps(path, session)
]


@pytest.fixture
def _is_there(request, session):
    if RUN[session] is run_node:
        request.getfixturevalue("_node_ready")
    if session == "bash" and shutil.which("curl") is None:
        pytest.skip("curl is not installed")


@pytest.mark.usefixtures("_is_there")
@pytest.mark.parametrize(("path", "session"), PAGES)
def test_examples_run(path, session, environment, tmp_path):
    steps = examples.steps(path, session)
    for name, text in examples.files(path).items():
        (tmp_path / name).write_text(text)

    printed = RUN[session](steps, environment, tmp_path)

    found = [
        complaint
        for number, step in enumerate(steps)
        for complaint in _complaints(step, RECORD.answers.get(number, []), printed[number])
    ]
    if found:
        pytest.fail("\n\n".join(found), pytrace=False)


def _complaints(step, answers, printed):
    """Yield what is not as the page shows it."""
    wanted = step.fence.options.get("status", "2")
    if step.fence.role == "curl" and not str(answers[-1:]).startswith(f"[({wanted}"):
        yield step.told(f"was answered with {answers[-1:]}, not with {wanted}")
    for shown in step.responses:
        real = answers[-1][1] if answers else None
        for line in differences(json.loads(shown.text), real):
            yield step.told(f"{line} (the response in line {shown.line})")
    for shown in step.outputs:
        if not text_is_like(shown.text.strip(), printed.strip()):
            yield step.told(f"printed:\n{printed}\nnot, as line {shown.line} says:\n{shown.text}")
