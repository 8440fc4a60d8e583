"""Code that makes a request: with curl, and with Stripe's official SDKs pointed at this server.

Operations of Stripe's have methods in the SDKs; the others go through `raw_request`, which the SDKs offer for them.
"""

import json
import shlex
from typing import Any

from django.conf import settings

Wire = dict[str, Any]
KEY = "sk_test_YOUR_KEY"

METHODS: dict[str, tuple[str, str]] = {
    "GetCustomersSearch": ("customers.search", "customers.search"),
    "GetCustomers": ("customers.list", "customers.list"),
    "PostCustomers": ("customers.create", "customers.create"),
    "GetCustomersCustomer": ("customers.retrieve", "customers.retrieve"),
    "PostCustomersCustomer": ("customers.update", "customers.update"),
    "DeleteCustomersCustomer": ("customers.delete", "customers.del"),
    "GetCustomersCustomerCashBalance": (
        "customers.cash_balance.retrieve",
        "customers.retrieveCashBalance",
    ),
    "PostCustomersCustomerCashBalance": (
        "customers.cash_balance.update",
        "customers.updateCashBalance",
    ),
    "GetCustomersCustomerBalanceTransactions": (
        "customers.balance_transactions.list",
        "customers.listBalanceTransactions",
    ),
    "PostCustomersCustomerBalanceTransactions": (
        "customers.balance_transactions.create",
        "customers.createBalanceTransaction",
    ),
    "GetCustomersCustomerBalanceTransactionsId": (
        "customers.balance_transactions.retrieve",
        "customers.retrieveBalanceTransaction",
    ),
    "PostCustomersCustomerBalanceTransactionsId": (
        "customers.balance_transactions.update",
        "customers.updateBalanceTransaction",
    ),
    "GetCustomersCustomerTaxIds": ("customers.tax_ids.list", "customers.listTaxIds"),
    "PostCustomersCustomerTaxIds": ("customers.tax_ids.create", "customers.createTaxId"),
    "GetCustomersCustomerTaxIdsId": ("customers.tax_ids.retrieve", "customers.retrieveTaxId"),
    "DeleteCustomersCustomerTaxIdsId": ("customers.tax_ids.delete", "customers.deleteTaxId"),
    "GetEvents": ("events.list", "events.list"),
    "GetEventsId": ("events.retrieve", "events.retrieve"),
    "GetWebhookEndpoints": ("webhook_endpoints.list", "webhookEndpoints.list"),
    "PostWebhookEndpoints": ("webhook_endpoints.create", "webhookEndpoints.create"),
    "GetWebhookEndpointsId": ("webhook_endpoints.retrieve", "webhookEndpoints.retrieve"),
    "PostWebhookEndpointsId": ("webhook_endpoints.update", "webhookEndpoints.update"),
    "DeleteWebhookEndpointsId": ("webhook_endpoints.delete", "webhookEndpoints.del"),
    "GetAccount": ("accounts.retrieve_current", "accounts.retrieveCurrent"),
    "GetAccounts": ("accounts.list", "accounts.list"),
    "GetAccountsId": ("accounts.retrieve", "accounts.retrieve"),
}
"""By operation: a path below `client.v1` in Python, and one below `stripe` in JavaScript."""


def samples(
    operation_id: str, method: str, path: str, gaps: dict[str, str], params: Wire
) -> list[dict[str, str]]:
    """Return code for one request in each language.

    Args:
        path: with gaps such as `{customer}`.
        gaps: what stands in them, in order.
        params: of the query or the body.
    """
    filled = path
    for name, value in gaps.items():
        filled = filled.replace(f"{{{name}}}", value)
    sdk = METHODS.get(operation_id)
    python = _python(sdk[0] if sdk else "", method, filled, list(gaps.values()), params)
    script = _javascript(sdk[1] if sdk else "", method, filled, list(gaps.values()), params)
    return [
        {"lang": "Shell", "label": "curl", "source": _curl(method, filled, params)},
        {"lang": "Python", "label": "Python", "source": python},
        {"lang": "JavaScript", "label": "JavaScript", "source": script},
    ]


def _curl(method: str, path: str, params: Wire) -> str:
    flag = {"GET": ["-G"], "POST": []}.get(method, ["-X", method])
    words = ["curl", *(flag if params or method != "GET" else [])]
    lines = [f"{' '.join(words)} {settings.PUBLIC_URL}{path}", f"-u {KEY}:"]
    option = "--data-urlencode" if method == "GET" else "-d"
    lines += [f"{option} {_quoted(f'{name}={value}')}" for name, value in _flat(params)]
    return " \\\n  ".join(lines)


def _quoted(text: str) -> str:
    """Quote a word for the shell; with double quotes where it holds single ones and nothing else that is special."""
    if "'" in text and not set('$`"\\!') & set(text):
        return f'"{text}"'
    return shlex.quote(text)


def _python(call: str, method: str, path: str, ids: list[str], params: Wire) -> str:
    lines = [
        "import stripe",
        "",
        "client = stripe.StripeClient(",
        f'    "{KEY}",',
        f'    base_addresses={{"api": "{settings.PUBLIC_URL}"}},',
        ")",
    ]
    if call:
        words = [json.dumps(word, ensure_ascii=False) for word in ids]
        words += [_python_value(params)] if params else []
        lines.append(f"answer = client.v1.{call}({', '.join(words)})")
    else:
        named = [f"{name}={_python_value(value, 1)}" for name, value in params.items()]
        words = [f'"{method.lower()}"', f'"{path}"', *named]
        lines += ["response = client.raw_request(", *(f"    {word}," for word in words), ")"]
        lines.append('answer = client.deserialize(response, api_mode="V1")')
    return "\n".join(lines)


def _javascript(call: str, method: str, path: str, ids: list[str], params: Wire) -> str:
    protocol, _, address = settings.PUBLIC_URL.partition("://")
    host, _, port = address.partition(":")
    options = [f"protocol: '{protocol}'", f"host: '{host}'", *([f"port: {port}"] if port else [])]
    words = [f"'{word}'" for word in (ids if call else [method, path])]
    words += [_javascript_value(params)] if params else []
    called = f"stripe.{call or 'rawRequest'}({', '.join(words)})"
    return "\n".join(
        [
            "import Stripe from 'stripe';",
            "",
            f"const stripe = new Stripe('{KEY}', {{{', '.join(options)}}});",
            f"const answer = await {called};",
        ]
    )


def _python_value(value: Any, depth: int = 0) -> str:
    if isinstance(value, dict):
        return _braces(
            [f'"{name}": {_python_value(inner, depth + 1)}' for name, inner in value.items()],
            depth,
            "    ",
        )
    if isinstance(value, list):
        return f"[{', '.join(_python_value(inner) for inner in value)}]"
    return repr(value) if isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


def _javascript_value(value: Any, depth: int = 0) -> str:
    if isinstance(value, dict):
        return _braces(
            [f"{name}: {_javascript_value(inner, depth + 1)}" for name, inner in value.items()],
            depth,
            "  ",
        )
    if isinstance(value, list):
        return f"[{', '.join(_javascript_value(inner) for inner in value)}]"
    if isinstance(value, str) and "'" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _braces(members: list[str], depth: int, indent: str) -> str:
    inside = indent * (depth + 1)
    return "{\n" + "".join(f"{inside}{member},\n" for member in members) + indent * depth + "}"


def _flat(value: Any, path: str = "") -> list[tuple[str, str]]:
    """Return parameters as pairs, nested ones spelled in brackets."""
    if isinstance(value, dict):
        pairs = [(f"{path}[{name}]" if path else name, inner) for name, inner in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{path}[]", inner) for inner in value]
    else:
        return [(path, json.dumps(value) if isinstance(value, bool) else str(value))]
    return [pair for name, inner in pairs for pair in _flat(inner, name)]
