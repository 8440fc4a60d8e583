"""Programs that work side by side while a test or a benchmark looks on."""

import threading


class AtWork:
    """Runs tasks, each on a thread of its own, until the block ends; they ask `ends` whether it has."""

    def __init__(self):
        self.tasks = []
        self.ends = threading.Event()
        self.failures = []

    def __enter__(self):
        self._threads = [threading.Thread(target=self._run, args=(task,)) for task in self.tasks]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self._threads:
            thread.join()

    def _run(self, task):
        try:
            task()
        except Exception as failure:  # noqa: BLE001 -- whatever it is, who looks on tells of it
            self.failures.append(failure)
