"""Customers: created, found or created, changed, deleted."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, models, transaction

from customers.events.services import events
from customers.kit import ids, sealing, statements, tenancy
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, InvalidState, TryAgain
from customers.kit.registry import Hook
from customers.kit.whole import Merged, Whole
from customers.models import (
    Address,
    Consent,
    Customer,
    CustomerBalanceTransaction,
    Organization,
    TaxId,
    TenantModel,
)
from customers.services import (
    addresses,
    balance_transactions,
    cash_balances,
    changes,
    consents,
    custom_fields,
    discounting,
    email_addresses,
    organizations,
    paying,
    phone_numbers,
    tax_ids,
    test_clocks,
)

METADATA_KEYS = 50
_MATCH_LOCK = 1_835_099_491  # the first of the two numbers that name our advisory locks

when_deleted: Hook[Any] = Hook("customers.when_deleted")
"""Called with the locked customer and `at`, in the transaction that deletes it; payments and billing join in here."""

# What a request may send beside plain columns, and who takes care of it. The order matters where one needs another.
_SPECIAL = frozenset(
    {
        "address", "shipping", "organization", "business_name", "balance", "custom_fields", "metadata",
        "invoice_settings", "language", "tax_id_data", "phone", "invoice_prefix", "attachment", "default_source",
        "default_payment_method", "consent_wording", *consents.CHANNELS, *discounting.PARAMS,
    }
)  # fmt: skip


def get(pk: str) -> Customer:
    """Return a customer with its default addresses and organization, deleted or not.

    Raises:
        NotFound: the site has no such customer.
    """
    customer = Customer.objects.with_defaults().filter(pk=pk).first()
    if customer is None:
        raise changes.no_such_customer(pk)
    return customer


def get_living(pk: str, *, param: str = "customer") -> Customer:
    """Return a customer that was not deleted.

    Raises:
        NotFound: the site has none with this id.
    """
    customer = Customer.objects.living().filter(pk=pk).first()
    if customer is None:
        raise changes.no_such_customer(pk, param=param)
    return customer


def create(*, details: Mapping[str, Any], pk: str = "", at: datetime) -> Customer:
    """Make a customer, and write it with all that belongs to it in one statement.

    Args:
        pk: the id, where the caller has drawn one.
        details: columns by name, and `address`, `shipping` (columns of an address, or None), `organization` (an object
            or a name), `business_name`, `balance` (minor units), `tax_id_data` (pairs of type and value), `language`,
            `custom_fields`, `metadata`, `mail_marketing`, `tele_marketing` (and `consent_wording`, what was read when
            these were answered), `coupon` or `promotion_code` (ids),
            `test_clock` (by whose time `at` is), and `attachment`, a payment method that was prepared for this id.

    Raises:
        InvalidRequest: a value does not fit the others, or must be unique and is taken; the clock is full.
        Conflict: the clock is being advanced.
    """
    attachment: paying.Attachment | None = details.get("attachment")
    with transaction.atomic(savepoint=False):
        draft = drafted(details=details, pk=pk, at=at)
        statements.insert_last(draft.customer, *draft.others, refusals=_refusals(details))
        if attachment is not None:
            statements.insert_gathered()
            attachment.attach(draft.customer, at=at)
    return draft.customer


class Draft(NamedTuple):
    """A customer that is not written yet, and the rows that belong to it: its parts, and the events."""

    customer: Customer
    others: list[models.Model | statements.NewRow]


def drafted(*, details: Mapping[str, Any], pk: str = "", at: datetime) -> Draft:
    """Return the unsaved rows of a new customer; see `create`. Part of the caller's transaction, which inserts them.

    Raises:
        InvalidRequest: a value does not fit the others; the clock is full.
        Conflict: the clock is being advanced.
    """
    scope = tenancy.current()
    customer = statements.new_instance(
        Customer,
        id=pk or Customer.new_id(),
        site=scope.site,
        livemode=scope.livemode,
        created_at=at,
        invoice_prefix=details.get("invoice_prefix") or random_prefix(),
    )
    for name, value in details.items():
        if name not in _SPECIAL:
            setattr(customer, name, value)
    if details.get("attachment") is not None:
        customer.default_payment_method_id = details["attachment"].method_id or None
    if customer.test_clock is not None:
        customer.test_clock = test_clocks.admit(customer.test_clock)
    _apply(customer, details, at=at)
    children = _children(customer, details, at=at)
    customer.default_addresses = customer.addresses_shown
    discount = _discount(customer, details, at=at)
    told = [events.prepare("customer.created", customer, at=at)]
    told += [
        events.prepare(type_, child, at=at)
        for child in children
        if (type_ := _TOLD.get(type(child)))
    ]
    told += discount.events(at=at)
    return Draft(customer, [*children, *discount.rows, *told])


def random_prefix() -> str:
    """Return a prefix of invoices, which another customer of the site may have by chance."""
    return ids.random_letters(8).upper()


def create_paying(
    param: str, method: str, *, details: Mapping[str, Any], request_key: str, at: datetime
) -> Customer:
    """Make a customer with a payment method; the same request finds the one that it made. No transaction may be open.

    Args:
        param: what `method` is, as `paying.prepare` takes it.
        details: as for `create`.
        request_key: the digest of the request's idempotency key.

    Raises:
        InvalidRequest: a value does not fit the others, or must be unique and is taken.
        NotFound: there is no such token or method.
        CardDeclined: the issuer refuses.
        GatewayUnavailable: the gateway does not answer.
    """
    scope = tenancy.current()
    pk = ids.derived(Customer.PREFIX, f"{scope.site_id} {scope.livemode} {request_key}")
    existing = Customer.objects.with_defaults().filter(pk=pk).first()
    if existing is not None:
        return existing
    told = {"id": pk, "email": details.get("email", ""), "name": details.get("name", "")}
    attachment = paying.prepare(param, method, customer=told, request_key=request_key, at=at)
    return create(details={**details, "attachment": attachment}, pk=pk, at=at)


def match_or_create(
    match_on: str, value: str, *, details: Mapping[str, Any], at: datetime
) -> tuple[Customer, bool]:
    """Return the customer that matches, or make it; of any number of callers at once, one makes it (rule C1).

    Args:
        match_on: `email`, `external_id` or `metadata[key]`.
        value: what to match; emails match in any letter case.
        details: as for `create`.

    Returns:
        The customer, the oldest one where several match, and whether it was made.
    """
    with transaction.atomic(savepoint=False):
        _take_turns(match_on, value)
        rows = Customer.objects.with_defaults().living().filter(_match(match_on, value))
        existing = rows.order_by("created_at", "id").first()
        if existing is not None:
            return existing, False
        return create(details=details, at=at), True


def claim_email(email: str, *, but: Customer | None = None) -> None:
    """Make sure that nobody else has an email address until the open transaction ends (rule C1).

    Of any number of callers at once one gets it and the others are refused; `match_or_create` takes turns with them.

    Args:
        but: who may have it, in any letter case.

    Raises:
        InvalidRequest: another customer has it.
    """
    _take_turns("email", email)
    if email_addresses.sharing(email, but=but).exists():
        refuse = _refusals({"email": email})["customer_email_once"]
        raise refuse()


def update(customer: Customer, *, details: Mapping[str, Any], at: datetime) -> Customer:
    """Change a customer; what the details leave out stays as it is.

    Args:
        details: as for `create`; `metadata`, `custom_fields` and `invoice_settings` are merged, an empty value takes a
            key away, and None for the whole of `metadata`, or no `invoice_settings` at all, empties it;
            `default_source` and `default_payment_method` are ids; an empty `coupon` or `promotion_code` takes the
            discount away.

    Raises:
        NotFound: the customer was deleted.
        InvalidRequest: a value does not fit the others, or must be unique and is taken.
    """
    with changes.tracked(customer, at=at) as row, translated(_refusals(details)):
        for name, value in details.items():
            if name not in _SPECIAL:
                setattr(row, name, value)
        row.invoice_prefix = details.get("invoice_prefix") or row.invoice_prefix
        _apply(row, details, at=at)
        for kind, name in (("billing", "address"), ("shipping", "shipping")):
            if name in details:
                addresses.set_default(row, kind, details[name], at=at)
        _record_consents(row, details, at=at)
        if "balance" in details:
            _adjust_balance(row, details["balance"], at=at)
        _change_methods(row, details, at=at)
        discount = _discount(row, details, at=at)
        row.save()
        if discount.told:
            statements.insert(*discount.rows, *discount.events(at=at))
    return row


def delete(customer: Customer, *, at: datetime) -> Customer:
    """Delete a customer for good: it stays as a tombstone, its addresses go, its names become free (rules C3, C4, P5).

    Raises:
        NotFound: it was deleted before.
        InvalidState: money of the customer's was sent and not used.
    """
    with transaction.atomic(savepoint=False):
        row = changes.locked(customer.pk)
        _check_cash(row)
        events.publish("customer.deleted", row, at=at)
        for join_in in when_deleted:
            join_in(row, at=at)
        Address.objects.filter(customer=row).delete()
        row.billing = row.shipping = None
        row.deleted_at = at
        row.save(update_fields=["deleted_at"])
    return row


def merged_metadata(
    current: Mapping[str, Any], changes_: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return metadata with changes merged in: an empty value takes a key away, None takes all of them (rule S7).

    What is marked as whole replaces all that there was; of what is marked as merged, null alone takes a key away
    (rule C6).

    Raises:
        InvalidRequest: there would be too many keys.
    """
    if changes_ is None:
        return {}
    if isinstance(changes_, Whole):
        return dict(changes_)
    merged = {**current, **changes_}
    nothing = (None,) if isinstance(changes_, Merged) else ("", None)
    kept = {key: value for key, value in merged.items() if value not in nothing}
    if len(kept) > METADATA_KEYS:
        raise InvalidRequest(
            f"You can have up to {METADATA_KEYS} metadata keys, but this would make {len(kept)}.",
            param="metadata",
        )
    return kept


def _apply(customer: Customer, details: Mapping[str, Any], *, at: datetime) -> None:
    """Set what is more than a column of its own on an unsaved or locked customer."""
    if "metadata" in details:
        customer.metadata = merged_metadata(customer.metadata, details["metadata"])
    if "custom_fields" in details or (
        customer._state.adding and tenancy.current().site.has_required_fields
    ):
        customer.custom_fields = custom_fields.merged(
            customer.custom_fields,
            details.get("custom_fields") or {},
            is_new=customer._state.adding,
        )
    if "invoice_settings" in details:
        merged = {**customer.invoice_settings, **details["invoice_settings"]}
        kept = {name: value for name, value in merged.items() if value}
        customer.invoice_settings = kept if details["invoice_settings"] else {}
    if "phone" in details:
        customer.phone = details["phone"]
        customer.phone_e164 = phone_numbers.normalised(
            customer.phone, country=customer.site.country
        )
    if "language" in details:
        others = [locale for locale in customer.preferred_locales if locale != details["language"]]
        customer.preferred_locales = (
            [details["language"], *others] if details["language"] else others[1:]
        )
    if "organization" in details or "business_name" in details:
        _join(customer, details.get("organization", details.get("business_name")), at=at)


def _join(customer: Customer, wanted: Organization | str | None, *, at: datetime) -> None:
    """Let a customer belong to an organization, which a name makes where there is none; an empty one is none."""
    if not wanted:
        customer.organization, customer.organization_name = None, ""
        return
    customer.organization = (
        organizations.named(wanted, at=at) if isinstance(wanted, str) else wanted
    )
    customer.organization_name = organizations.keep(customer.organization)


def _children(customer: Customer, details: Mapping[str, Any], *, at: datetime) -> list[TenantModel]:
    """Return the unsaved rows that a new customer comes with."""
    children: list[TenantModel] = []
    for kind, name in (("billing", "address"), ("shipping", "shipping")):
        if details.get(name) is not None:
            children.append(addresses.prepare_default(customer, kind, details[name], at=at))
    children += [
        tax_ids.prepare(customer, kind=kind, value=value, param=f"tax_id_data[{position}]", at=at)
        for position, (kind, value) in enumerate(details.get("tax_id_data", ()))
    ]
    for channel in consents.CHANNELS:
        if details.get(channel) is not None:
            children.append(_consent(customer, channel, details, at=at))
    if details.get("balance"):
        initial = CustomerBalanceTransaction.Kind.INITIAL
        children.append(
            balance_transactions.prepare(
                customer,
                amount=details["balance"],
                currency=customer.site.default_currency,
                kind=initial,
                at=at,
            )
        )
    return children


def _record_consents(customer: Customer, details: Mapping[str, Any], *, at: datetime) -> None:
    for channel in consents.CHANNELS:
        if channel in details and details[channel] != getattr(customer, channel):
            consent = _consent(customer, channel, details, at=at)
            consent.save(force_insert=True)
            events.publish("customer.consent.created", consent, at=at)


def _consent(
    customer: Customer, channel: str, details: Mapping[str, Any], *, at: datetime
) -> Consent:
    wording = details.get("consent_wording", "")
    return consents.apply(customer, channel, granted=details[channel], wording=wording, at=at)


def _discount(
    customer: Customer, details: Mapping[str, Any], *, at: datetime
) -> discounting.Change:
    """Give the discount that is asked for, or take it away (rules S6 and S12)."""
    asked = [name for name in discounting.PARAMS if name in details]
    if len(asked) > 1:
        raise InvalidRequest(
            "You may only specify one of these parameters: coupon, promotion_code.", param="coupon"
        )
    if not asked:
        return discounting.Change()
    return discounting.prepare(customer, asked[0], details[asked[0]], at=at)


def _change_methods(customer: Customer, details: Mapping[str, Any], *, at: datetime) -> None:
    if "attachment" in details:
        details["attachment"].attach(customer, at=at)
    for name in ("default_source", "default_payment_method"):
        if name in details:
            _choose_default(customer, name, details[name])


def _choose_default(customer: Customer, param: str, pk: str | None) -> None:
    """Change the one default; emptying a parameter takes away only what that parameter shows."""
    current = customer.default_payment_method_id or ""
    is_shown = current.startswith("pm_") is (param == "default_payment_method")
    if pk is not None or (current and is_shown):
        shown = "default_source" if param == "default_source" else f"invoice_settings[{param}]"
        paying.choose_default(customer, pk, param=shown)


def _adjust_balance(customer: Customer, target: int, *, at: datetime) -> None:
    """Bring the locked customer's balance to an amount by one ledger entry."""
    amount = target - customer.balance
    if not amount:
        return
    entry = balance_transactions.prepare(
        customer,
        amount=amount,
        currency=customer.currency or customer.site.default_currency,
        kind=CustomerBalanceTransaction.Kind.ADJUSTMENT,
        at=at,
    )
    entry.save(force_insert=True)
    events.publish("customer.balance_transaction.created", entry, at=at)


def _check_cash(customer: Customer) -> None:
    """Keep customers who have a cash balance, unless a test clock dates them, which means nothing is real."""
    if customer.test_clock_id is None and any(cash_balances.available(customer).values()):
        raise InvalidState(
            f"The customer {customer.pk} cannot be deleted: money that came in has not been used.",
            code="customer_has_cash_balance",
        )


def _take_turns(match_on: str, value: str) -> None:
    """Wait until nobody else looks for the same value to make a customer with it, and let others wait likewise."""
    scope = tenancy.current()
    wanted = value.lower() if match_on == "email" else value
    known = sealing.digest(f"match {scope.site_id} {scope.livemode} {match_on}", wanted)
    lock = int.from_bytes(known[:4], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_MATCH_LOCK, lock])


def _match(match_on: str, value: str) -> models.Q:
    if match_on == "email":
        return models.Q(email__iexact=value)
    if match_on == "external_id":
        return models.Q(external_id=value)
    key = match_on.removeprefix("metadata[").removesuffix("]")
    return models.Q(metadata__contains={key: value})


def _refusals(details: Mapping[str, Any]) -> dict[str, Callable[[], Exception]]:
    def taken(name: str) -> DomainError:
        return InvalidRequest(
            f"Another customer has the {name.replace('_', ' ')} '{details.get(name)}'.",
            param=name,
            code="resource_already_exists",
        )

    def prefix_taken() -> Exception:
        # A prefix that we drew ourselves is not the caller's fault: drawing again will find a free one.
        return taken("invoice_prefix") if details.get("invoice_prefix") else TryAgain()

    return {
        "customer_username_once": lambda: taken("username"),
        "customer_external_id_once": lambda: taken("external_id"),
        "customer_email_once": lambda: taken("email"),
        "customer_invoice_prefix_once": prefix_taken,
        "tax_id_once_per_customer": lambda: InvalidRequest(
            "The same tax ID is there twice.", param="tax_id_data", code="resource_already_exists"
        ),
    }


_TOLD: dict[type[TenantModel], str] = {
    Address: "customer.address.created",
    Consent: "customer.consent.created",
    CustomerBalanceTransaction: "customer.balance_transaction.created",
    TaxId: "customer.tax_id.created",
}
