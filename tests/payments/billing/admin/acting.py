"""Sends forms of the dashboard as a browser does, and reads what the page that comes next says."""

from tests.customers.admin.page import fields


def send(client, address, **changes):
    """Open a form, fill it in and send it; return the answer and what was sent."""
    sent = fields(client.get(address), **changes)
    return client.post(address, sent), sent


def send_twice(client, address, **changes):
    """Open a form that is previewed, fill it in, look at its amounts and send it; return the preview and the answer."""
    preview, _sent = send(client, address, **changes)
    return preview, client.post(address, fields(preview))


def said(client, answer):
    """Return what the page that comes next says."""
    page = client.get(answer.url)
    return [(message.level_tag, str(message)) for message in page.context["messages"]]


def labels(page):
    """Return what can be done on a page."""
    return [str(link.label) for link in page.context["links"]]
