"""Made-up requests against a running installation, with the keys of two sites: `python -m tests.fuzz --minutes 10`."""
