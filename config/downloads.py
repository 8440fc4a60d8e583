"""Files that are made while they are sent: how many at once a process hands out, and what else it does meanwhile.

Such a file holds a thread of the web server for as long as its reader takes, and a slow reader takes long. So there is
a thread for each of them, and one for all other requests, which are answered one after the other as if it were alone:
more of these at once only make each other late.
"""

import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from config import pages

_lock = threading.Lock()
_under_way: set[object] = set()
"""What stands for each download of this process."""


class OneAtATime:
    """The application, answering one request at a time; what it streams is read beside the next ones."""

    def __init__(self, application: Callable[..., Any]) -> None:
        self._application = application
        self._turn = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        with self._turn:
            return self._application(environ, start_response)


def admitted(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """Return the answer to a request; where it is one download too many, an answer that says so."""
    if not isinstance(response, StreamingHttpResponse) or isinstance(response, FileResponse):
        return response  # a file of ours is short
    ticket = object()
    with _lock:
        is_free = len(_under_way) < settings.DOWNLOADS_AT_ONCE
        if is_free:
            _under_way.add(ticket)
    if not is_free:
        response.close()
        return pages.busy(request)
    # Whoever reads it closes it; should that be forgotten, it ends with the answer.
    end = weakref.finalize(response, _under_way.discard, ticket)
    response.streaming_content = _Pieces(response.streaming_content, end)
    return response


class _Pieces:
    """What is sent, with what is done when that has ended."""

    def __init__(self, pieces: Any, end: Callable[[], Any]) -> None:
        self._pieces = pieces
        self.close = end

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._pieces)
