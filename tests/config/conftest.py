import signal

import pytest

from config.supervisor import STOP_SIGNALS


@pytest.fixture(scope="session", autouse=True)
def _signals_are_heard():
    """Whoever starts the tests may ignore signals (nohup, a job in the background), and children inherit that.

    Session-wide, since the fixtures that start programs for several tests come before those of a single test.
    """
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if handler == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
