"""Browsers, as people would call them: enough to tell one's own phone from somebody else's computer."""

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def named(header: str) -> str:
    """Return what a `User-Agent` header says in short, such as `Firefox, Windows`; empty where it says nothing known.

    No library is asked: those that exist bring megabytes of patterns for what is shown as two words.
    """
    found = [
        next((name for mark, name in table if mark in header), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(filter(None, found))
