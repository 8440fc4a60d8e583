"""Redemptions that an offer has counted ahead, and that are given back where nothing came of it."""

from collections.abc import Iterable

from django.db.models import F

from payments.billing.models import Coupon, PromotionCode
from payments.billing.services import promotion_codes


def give_back(coupons: Iterable[str], codes: Iterable[str]) -> None:
    """Count one redemption less of coupons and promotion codes, by their keys, in the caller's transaction.

    A code that its last redemption has switched off can be used again, unless another one has its word by now.
    """
    for pk in sorted(coupons):
        Coupon.objects.filter(pk=pk, times_redeemed__gt=0).update(
            times_redeemed=F("times_redeemed") - 1
        )
    for pk in sorted(codes):
        code = promotion_codes.get(pk)
        was_used_up = code.max_redemptions == code.times_redeemed
        others = PromotionCode.objects.filter(code__iexact=code.code, is_active=True)
        is_active = code.is_active or (was_used_up and not others.exists())
        PromotionCode.objects.filter(pk=pk, times_redeemed__gt=0).update(
            times_redeemed=F("times_redeemed") - 1, is_active=is_active
        )
