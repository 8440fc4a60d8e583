"""What `manage.py start` shows once everything runs."""

from collections.abc import Mapping
from pathlib import Path

# From the left margin, so that it works when pasted.
_TRY_IT = """
Try it with curl:

curl {url}/v1/customers -u {key}: \\
  -d name="Ada Example" \\
  -d email=ada@example.com
curl {url}/v1/payment_intents -u {key}: \\
  -d amount=2000 -d currency=usd -d payment_method=pm_card_visa -d confirm=true

or with Stripe's library for Python:

import stripe
client = stripe.StripeClient("{key}", base_addresses={{"api": "{url}"}})
customer = client.v1.customers.create({{"name": "Ada", "payment_method": "pm_card_visa"}})
charge = client.v1.charges.create({{"amount": 2000, "currency": "usd", "customer": customer.id}})
print(charge.status, client.v1.refunds.create({{"charge": charge.id, "amount": 500}}).status)
"""


def text(
    url: str,
    *,
    sign_in: tuple[str, str] | None,
    keys: Mapping[str, str] | None,
    portal: str,
    data_dir: Path,
) -> str:
    """Return the welcome.

    Args:
        sign_in: email and password of a member of staff, for this run only.
        keys: the test keys by name, where they can be shown.
        portal: the short name of the site whose portal there is to show, in test mode; or empty.
    """
    rows = [
        ("Dashboard", f"{url}/admin/"),
        *([("Portal", f"{url}/portal/{portal}?mode=test")] if portal else []),
        ("API", f"{url}/v1/"),
        ("Documentation", f"{url}/docs"),
        ("API reference", f"{url}/docs/api"),
        ("Data", str(data_dir)),
    ]
    if sign_in:
        email, password = sign_in
        rows += [("", ""), ("Sign in as", email), ("with password", f"{password}  (this run only)")]
    if keys:
        rows += [("", ""), *((_label(name), key) for name, key in keys.items())]
    table = "\n".join(f"  {label:<16}{value}".rstrip() for label, value in rows)
    example = _TRY_IT.format(url=url, key=keys["sk_test"]) if keys and "sk_test" in keys else ""
    return f"\nKeeptab runs at {url}\n\n{table}\n{example}\nStop with Ctrl+C.\n"


def _label(name: str) -> str:
    words = {
        "sk": "Secret key",
        "pk": "Publishable key",
        "skey": "Omise skey",
        "pkey": "Omise pkey",
    }
    return words.get(name.partition("_")[0], name)
