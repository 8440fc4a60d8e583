"""What holds for every model: whose its rows are, and what keeps them apart."""

import inspect

import pytest
from django.apps import apps
from django.db import connection, models

from customers.kit.tenancy import NoSiteChosen, TenantManager
from customers.models import (
    AllowanceCount,
    AuditEntry,
    Authenticator,
    IdempotencyRecord,
    InvariantCheck,
    Logo,
    Membership,
    Operator,
    RecoveryCodes,
    RetentionRun,
    Site,
    TenantModel,
    Wording,
)

OUR_APPS = {"customers", "payments", "portal"}
OF_NO_TENANT = {
    Site,  # is the tenant
    Operator,  # may work for several sites
    Membership,  # is what a person may do at a site
    AuditEntry,  # of sign-ins there are some at no site, and of settings in no mode
    Authenticator,  # is an operator's
    RecoveryCodes,  # as above
    Logo,  # is a site's in both modes
    Wording,  # is a site's in both modes
    AllowanceCount,  # counts by digests; those of networks at all sites
    InvariantCheck,  # walks the rows of all sites at once
    RetentionRun,  # of both modes, and of all sites where their periods are the same
    IdempotencyRecord,  # is asked for together with its site and mode, before anything else is
}

OURS = [model for model in apps.get_models() if model.__module__.partition(".")[0] in OUR_APPS]
TENANT = [model for model in OURS if issubclass(model, TenantModel)]
EACH = pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
EACH_OF_TENANT = pytest.mark.parametrize("model", TENANT, ids=lambda model: model.__name__)


def test_every_model_is_a_tenant_s_or_on_the_short_list():
    assert {model.__name__ for model in OURS} - {model.__name__ for model in TENANT} == {
        model.__name__ for model in OF_NO_TENANT
    }


_CONSTRAINTS = """
    SELECT place.oid::regclass::text, coalesce(pg_get_constraintdef(pg_constraint.oid), '')
    FROM pg_class AS place LEFT JOIN pg_constraint ON contype = 'f' AND conrelid = place.oid
    WHERE place.relkind = 'r' AND (place.oid = %s::regclass OR place.oid IN (
        SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass))
"""


@EACH_OF_TENANT
def test_a_tenant_s_rows_carry_site_and_mode(model):
    fields = {field.name: field.null for field in model._meta.concrete_fields}

    assert (fields["site"], fields["livemode"]) == (False, False)


_CONSTRAINTS = """
    SELECT place.oid::regclass::text, coalesce(pg_get_constraintdef(pg_constraint.oid), '')
    FROM pg_class AS place LEFT JOIN pg_constraint ON contype = 'f' AND conrelid = place.oid
    WHERE place.relkind = 'r' AND (place.oid = %s::regclass OR place.oid IN (
        SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass))
"""


@EACH_OF_TENANT
def test_a_tenant_s_rows_are_not_searched_without_a_site(db, model):
    assert isinstance(model._default_manager, TenantManager)
    with pytest.raises(NoSiteChosen):
        model._default_manager.count()


def _references():
    """References from a tenant's rows to a tenant's rows."""
    for model in TENANT:
        for field in model._meta.concrete_fields:
            if field.remote_field and issubclass(field.related_model, TenantModel):
                yield pytest.param(model, field, id=f"{model.__name__}.{field.name}")


@pytest.mark.parametrize(("model", "field"), list(_references()))
def test_a_reference_cannot_lead_to_another_tenant(db, model, field):
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [model._meta.db_table] * 2)
        found = {}
        for part, definition in cursor.fetchall():
            found.setdefault(part, []).append(definition)

    table = field.related_model._meta.db_table
    wanted = f"FOREIGN KEY ({field.column}, site_id, livemode) REFERENCES {table}{{}}(id, site_id, livemode)"
    # A table in parts has it as a whole, or each of its parts has it to the part with the same end of its name.
    assert found.keys() != set()
    for part, definitions in found.items():
        end = part.removeprefix(model._meta.db_table)
        ours = (wanted.format(""), wanted.format(end))
        assert [definition for definition in definitions if definition.startswith(ours)] != []


@EACH
def test_a_model_does_only_remember(model):
    own = {name for name, _ in inspect.getmembers(model, inspect.isfunction) if name in vars(model)}

    assert own & {"save", "delete", "save_base", "full_clean"} == set()
    assert model._meta.ordering == []


def test_no_text_can_be_null_but_where_null_frees_it_from_a_constraint():
    texts = [
        f"{model.__name__}.{field.name}"
        for model in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and field.null
    ]

    assert sorted(texts) == [
        "Charge.request_key",
        "CreditNote.request_key",
        "Customer.default_payment_method_id",  # a reference, which the database ties to the method
        "Customer.unique_email",
        "CustomerBalanceTransaction.request_key",
        "Operation.request_key",
        "Refund.request_key",
    ]
