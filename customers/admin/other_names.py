"""Pages by other names of what they show: the id of a customer that was merged, or that an imported object had."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from customers.admin import choices
from customers.restkit import id_inputs

View = Callable[..., HttpResponseBase]


def followed(view: View, url: Callable[..., str]) -> View:
    """Let a view that does not find its row lead to the row that has the id as another name.

    Args:
        url: returns the address of the view for the arguments of its address.
    """

    @wraps(view)
    def find(request: HttpRequest, *args: object, **kwargs: str) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            target = target_of(request, kwargs.get("object_id", ""))
            if not target:
                raise
            return HttpResponseRedirect(url(*{**kwargs, "object_id": target}.values()))

    return find


def target_of(request: HttpRequest, name: str) -> str:
    """Return the id of the object at the chosen site that has another name; empty where none has."""
    choice = choices.of(request)
    if choice is None or choice.site is None:
        return ""
    return id_inputs.targets([name]).get(name, "")
