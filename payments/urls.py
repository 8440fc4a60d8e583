"""Where payments are met by others than programs with a key: gateways, and customers who authenticate."""

from django.urls import path

from payments.api import notifications
from payments.views import add_method, links, returns, sandbox

urlpatterns = [
    path("webhooks/<slug:gateway>/<slug:site>", notifications.receive, name="gateway-webhook"),
    path("returns/<slug:seal>/<path:reference>", returns.come_back, name="gateway-return"),
    path("sandbox/<slug:visit_id>", sandbox.visit, name="sandbox-visit"),
    path("add-method/<slug:sealed>", add_method.page, name="add-method"),
    path("pay/<slug:key>", links.pay, name="pay"),
    path("pay/<slug:key>/<slug:act_key>", links.done, name="pay-done"),
]
