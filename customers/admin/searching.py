"""Lists that are searched by whatever people type."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from customers.admin.base import TenantAdmin
from customers.kit.errors import DomainError

if TYPE_CHECKING:
    _Base = TenantAdmin[Any]
else:
    _Base = object


class FreelySearched(_Base):
    """A list whose box takes a query, an id, or words; what breaks the language's rules is told and finds nothing."""

    find: ClassVar[Callable[..., QuerySet[Any]]]
    """Returns those of the rows that a text finds; gets `site` too."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        site = self.choice(request).site
        if site is None:
            return queryset.none(), False
        try:
            return self.find(queryset, search_term, site=site), False
        except DomainError as refusal:
            messages.error(request, refusal.message, fail_silently=True)  # the worker has no page
            return queryset.none(), False
