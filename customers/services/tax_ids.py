"""Tax ids: added and removed, their form checked by python-stdnum."""

import importlib
import re
from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from stdnum.exceptions import InvalidChecksum, InvalidComponent, ValidationError

from customers.events.services import events
from customers.kit.constraints import translated
from customers.kit.errors import DomainError, InvalidRequest, NotFound
from customers.models import Customer, TaxId
from customers.services import changes

MAX_TAX_IDS = 5  # per customer, as with Stripe's `tax_id_data`
_SPELLING = re.compile(r"[0-9A-Za-zÀ-ÿ&Ññ][0-9A-Za-zÀ-ÿ&Ññ ./\-]{0,62}")

_TYPES = """
ad_nrt ae_trn al_tin am_tin ao_tin ar_cuit au_abn au_acn au_arn au_wpn aw_tin az_tin ba_tin bb_tin bd_bin bf_ifu
bg_uic bh_vat bj_ifu bo_tin br_cnpj br_cpf bs_tin bw_vat by_tin ca_bn ca_gst_hst ca_pst_bc ca_pst_mb ca_pst_sk ca_qst
cd_nif ch_uid ch_vat ci_vat cl_tin cm_niu cn_tin co_nit cr_tin cv_nif cz_dic de_stn do_rcn ec_ruc eg_tin es_cif et_tin
eu_oss_vat eu_vat fo_vat fr_siren fr_siret fr_spi gb_vat ge_vat gh_tin gi_tin gn_nif hk_br hr_oib hu_tin ic_nif
id_npwp il_vat in_gst is_kt is_vat it_cf jp_cn jp_rn jp_trn ke_pin kg_tin kh_tin kr_brn kz_bin la_tin li_uid li_vat
lk_vat ma_vat md_cf md_vat me_pib mk_vat mr_nif mu_vat mx_rfc my_frp my_itn my_sst mz_nuit ng_tin no_vat no_voec
np_pan nz_bn nz_gst om_vat pe_ruc ph_tin pl_nip pt_nif py_ruc ro_tin rs_pib ru_inn ru_kpp sa_vat sg_gst sg_uen si_tin
sm_coe sn_ninea sr_fin sv_nit th_vat tj_tin tr_tin tt_bir tt_vat tw_vat tz_vat ua_vat ug_tin us_ein uy_ruc uz_tin
uz_vat ve_rif vn_tin za_vat zm_tin zw_tin
"""
TYPES = tuple(_TYPES.split())
"""The types of tax ids. Source: https://docs.stripe.com/api/tax_ids/object#tax_id_object-type"""
UNKNOWN = "unknown"
"""The type of what came in as a text alone and looks like none of the others."""
_EU = """
AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI
"""
_IN_EU = frozenset(_EU.split())

# python-stdnum's module for a type, where its name does not follow from the type's (`br_cnpj` is stdnum.br.cnpj).
_MODULES = {
    "az_tin": "az.voen", "bg_uic": "bg.vat", "by_tin": "by.unp", "ca_gst_hst": "ca.bn", "cl_tin": "cl.rut",
    "cn_tin": "cn.uscc", "cr_tin": "cr.cpj", "de_stn": "de.stnr", "do_rcn": "do.rnc", "eg_tin": "eg.tn",
    "eu_oss_vat": "eu.oss", "eu_vat": "eu.vat", "fo_vat": "fo.vn", "hu_tin": "hu.anum", "il_vat": "il.hp",
    "in_gst": "in_.gstin", "is_kt": "is_.kennitala", "is_vat": "is_.vsk", "it_cf": "it.codicefiscale",
    "li_uid": "ch.uid", "ma_vat": "ma.ice", "mk_vat": "mk.edb", "no_vat": "no.mva", "nz_gst": "nz.ird",
    "ro_tin": "ro.cf", "si_tin": "si.ddv", "th_vat": "th.tin", "tr_tin": "tr.vkn", "tw_vat": "tw.ubn",
    "ua_vat": "ua.edrpou", "uy_ruc": "uy.rut", "vn_tin": "vn.mst", "za_vat": "za.tin",
}  # fmt: skip


def get(customer: Customer, pk: str) -> TaxId:
    """Return a tax id of a customer.

    Raises:
        NotFound: the customer has no such tax id.
    """
    found = TaxId.objects.filter(customer=customer, pk=pk).first()
    if found is None:
        raise NotFound(f"No such tax ID: '{pk}'", param="id")
    return found


def create(customer: Customer, *, kind: str, value: str, at: datetime) -> TaxId:
    """Add a tax id to a customer.

    Raises:
        InvalidRequest: the type is unknown, the value is malformed or there already, or there are too many.
    """
    with changes.tracked(customer, at=at) as row, translated({"tax_id_once_per_customer": _taken}):
        if TaxId.objects.filter(customer=row).count() >= MAX_TAX_IDS:
            raise InvalidRequest(
                f"A customer has {MAX_TAX_IDS} tax IDs at most.", code="customer_max_tax_ids"
            )
        tax_id = prepare(row, kind=kind, value=value, at=at)
        tax_id.save(force_insert=True)
        events.publish("customer.tax_id.created", tax_id, at=at)
    return tax_id


def prepare(customer: Customer, *, kind: str, value: str, param: str = "", at: datetime) -> TaxId:
    """Return an unsaved tax id whose form was checked.

    Args:
        param: where in the request it stands, such as `tax_id_data[0]`.

    Raises:
        InvalidRequest: the type is unknown or the value is malformed.
    """
    country, verification = examined(kind, value, param=param)
    return TaxId.belonging_to(
        customer,
        customer=customer,
        kind=kind,
        value=value.strip(),
        country=country,
        verification=verification,
        created_at=at,
    )


def primaries(customer_ids: Collection[str]) -> dict[str, str]:
    """Return by customer the tax id that is shown where there is room for one alone: the newest (rule C16)."""
    rows = TaxId.objects.filter(customer__in=customer_ids)
    newest = rows.order_by("customer_id", "-created_at", "-id").distinct("customer_id")
    return dict(newest.values_list("customer_id", "value"))


def set_primary(customer: Customer, value: str, *, at: datetime) -> None:
    """Put a tax id, given as a text alone, in the place of a customer's newest one; an empty one takes that away.

    Raises:
        NotFound: the customer was deleted meanwhile.
        InvalidRequest: the value is malformed, or another tax id of the customer's has it.
    """
    value = value.strip()
    with transaction.atomic(savepoint=False), translated({"tax_id_once_per_customer": _taken}):
        row = changes.locked(customer.pk)
        current = TaxId.objects.filter(customer=row).order_by("-created_at", "-id").first()
        if value == (current.value if current is not None else ""):
            return
        if current is not None:
            delete(current, at=at)
        if value:
            tax_id = _guessed(row, value, at=at)
            tax_id.save(force_insert=True)
            events.publish("customer.tax_id.created", tax_id, at=at)


def kind_of(value: str, *, country: str) -> str:
    """Return the type that a tax id seems to be of, by its letters and check digits; `unknown` where none fits.

    Args:
        country: where it may be from, ISO 3166-1; empty where that is not known.
    """
    said = value.strip()[:2].upper()
    likely = [said, country.upper()] if said.isalpha() else [country.upper()]
    kinds = ["eu_vat"] if said in _IN_EU else []
    kinds += [
        kind for place in likely for kind in TYPES if place and kind[:3] == f"{place.lower()}_"
    ]
    return next((kind for kind in kinds if _is_one(kind, value)), UNKNOWN)


def delete(tax_id: TaxId, *, at: datetime) -> TaxId:
    """Remove a tax id."""
    with transaction.atomic(savepoint=False):
        row = changes.locked(tax_id.customer_id)
        tax_id = get(row, tax_id.pk)
        events.publish("customer.tax_id.deleted", tax_id, at=at)
        TaxId.objects.filter(pk=tax_id.pk).delete()
    return tax_id


def examined(kind: str, value: str, *, param: str = "") -> tuple[str, str]:
    """Return a tax id's country and what can be said of its truth.

    A wrong form is refused. A wrong check digit is kept as `unverified`, since registers hold such numbers; a right one
    stays `unavailable` until a register confirms it, which checking digits cannot.

    Raises:
        InvalidRequest: the type is unknown or the value is malformed.
    """
    if kind not in TYPES:
        raise InvalidRequest(
            f"Invalid tax ID type: {kind}. See https://docs.stripe.com/billing/customer/tax-ids for the types.",
            param=f"{param}[type]" if param else "type",
        )
    value = value.strip()
    at_value = f"{param}[value]" if param else "value"
    if not _SPELLING.fullmatch(value):
        raise InvalidRequest(f"Invalid value for {kind}.", param=at_value, code="tax_id_invalid")
    country = _country(kind, value)
    module = _module(kind)
    if module is None:
        return country, TaxId.Verification.UNAVAILABLE
    try:
        module.validate(value)
    except (InvalidChecksum, InvalidComponent) as error:
        if kind == "eu_vat" and not re.match(r"[A-Za-z]{2}", value):
            raise InvalidRequest(
                f"Invalid value for {kind}.", param=at_value, code="tax_id_invalid"
            ) from error
        return country, TaxId.Verification.UNVERIFIED
    except ValidationError as error:
        raise InvalidRequest(
            f"Invalid value for {kind}.", param=at_value, code="tax_id_invalid"
        ) from error
    return country, TaxId.Verification.UNAVAILABLE


def _country(kind: str, value: str) -> str:
    if kind == "eu_vat":
        prefix = value[:2].upper()
        return "GR" if prefix == "EL" else prefix
    return "" if kind == "eu_oss_vat" else kind[:2].upper()


def _guessed(customer: Customer, value: str, *, at: datetime) -> TaxId:
    """Return an unsaved tax id of the type that its value seems to be of."""
    country = customer.billing.country if customer.billing else ""
    kind = kind_of(value, country=country)
    if kind != UNKNOWN:
        return prepare(customer, kind=kind, value=value, param="tax_id", at=at)
    if not _SPELLING.fullmatch(value):
        raise InvalidRequest("This is no tax ID.", param="tax_id", code="tax_id_invalid")
    return TaxId.belonging_to(customer, customer=customer, kind=kind, value=value, created_at=at)


def _is_one(kind: str, value: str) -> bool:
    """Tell whether a value has a type's form and check digits; nothing is where nobody knows them."""
    module = _module(kind)
    return module is not None and bool(module.is_valid(value.strip()))


def _module(kind: str):  # type: ignore[no-untyped-def]  # noqa: ANN202 -- python-stdnum types its modules nowhere
    country, _, name = kind.partition("_")
    try:
        return importlib.import_module(f"stdnum.{_MODULES.get(kind, f'{country}.{name}')}")
    except ImportError:
        return None


def _taken() -> DomainError:
    return InvalidRequest(
        "The customer has this tax ID already.", param="value", code="resource_already_exists"
    )
