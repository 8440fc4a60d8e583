"""`/webhooks/<gateway>/<site>`: where gateways tell us that something happened."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from customers.kit import clock
from customers.kit.errors import DomainError, NotFound, Unavailable
from customers.kit.provenance import Provenance, acting
from payments.services import notifications

_MOST = 262_144  # bytes


@csrf_exempt
@require_POST
def receive(request: HttpRequest, gateway: str, site: str) -> HttpResponse:
    """Keep a notification, and answer at once; the worker does the rest."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > _MOST:
        return JsonResponse({"error": "This is longer than a notification can be."}, status=413)
    origin = Provenance("gateway", gateway, getattr(request, "request_id", ""))
    try:
        with acting(origin):
            notifications.receive(gateway, site, request.body, request.headers, at=clock.now())
    except NotFound as error:
        return JsonResponse({"error": error.message}, status=404)
    except Unavailable as error:
        return JsonResponse({"error": error.message}, status=503)
    except DomainError as error:
        return JsonResponse({"error": error.message}, status=400)
    return JsonResponse({"received": True})
