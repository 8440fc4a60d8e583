"""What made-up requests have brought to light, each finding once."""

import re
from collections import Counter
from threading import Lock

_VARIES = re.compile(r"[0-9a-z]{24}|\d+|'[^']*'|\"[^\"]*\"")


class Findings:
    def __init__(self):
        self._first = {}
        self._lock = Lock()
        self.asked, self.answered = Counter(), Counter()

    def note(self, operation, what, sample):
        """Keep a finding, and the request that showed it where it is the first of its kind."""
        key = (operation, _VARIES.sub("…", what)[:160])
        with self._lock:
            if key not in self._first:
                self._first[key] = (what, sample)
                print(f"\n## {operation}\n{what.strip()}\n{sample}", flush=True)

    def __bool__(self):
        return bool(self._first)

    def summary(self):
        """Return how much was asked and found."""
        asked = (
            f"{self.asked.total()} requests for {len(self.asked)} operations {dict(self.answered)}"
        )
        return f"{asked}, {len(self._first)} findings"
