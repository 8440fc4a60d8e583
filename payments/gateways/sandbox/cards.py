"""The card numbers that the sandbox takes: those that Stripe and Omise publish for tests, and no others.

Sources: https://docs.stripe.com/testing, https://docs.omise.co/api-testing
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class PublishedCard:
    """A published test card.

    Args:
        behaviour: a name of `behaviours.BEHAVIOURS`.
        names: what follows `tok_` and `pm_card_` in its well-known ids.
    """

    number: str
    brand: str
    funding: str
    country: str
    behaviour: str
    names: tuple[str, ...]


# Number, brand, funding, country, behaviour, and names where it has some.
_TABLE = """
4242424242424242    visa       credit  US pays visa us threeDSecureNotEnrolled
4000056655665556    visa       debit   US pays visa_debit
4012888888881881    visa       credit  US pays
5555555555554444    mastercard credit  US pays mastercard
2223003122003222    mastercard credit  US pays mastercard_2series
5200828282828210    mastercard debit   US pays mastercard_debit
5105105105105100    mastercard prepaid US pays mastercard_prepaid
378282246310005     amex       credit  US pays amex amex_threeDSecureNotSupported
371449635398431     amex       credit  US pays
6011111111111117    discover   credit  US pays discover
6011000990139424    discover   credit  US pays
6011981111111113    discover   debit   US pays discover_debit
3056930009020004    diners     credit  US pays diners
36227206271667      diners     credit  US pays diners_14digits
30569309025904      diners     credit  US pays
38520000023237      diners     credit  US pays
6555900000604105    discover   credit  KR pays bccard
3566002020360505    jcb        credit  JP pays jcb
6200000000000005    unionpay   credit  CN pays unionpay
6200000000000047    unionpay   debit   CN pays unionpay_debit
6205500000000000004 unionpay   credit  CN pays unionpay_19digits
4000002500001001    visa       credit  FR pays visa_cartesBancaires cartesBancaires_visa
5555552500001001    mastercard credit  FR pays mastercard_cartesBancaires cartesBancaires_mastercard
4000000320000021    visa       credit  AR pays ar
4000000760000002    visa       credit  BR pays br
4000001240000000    visa       credit  CA pays ca
4000001520000001    visa       credit  CL pays cl
4000001700000003    visa       credit  CO pays co
4000001880000005    visa       credit  CR pays cr
4000002180000000    visa       credit  EC pays ec
4000004840008001    visa       credit  MX pays mx
4000005910000000    visa       credit  PA pays pa
4000006000000066    visa       credit  PY pays py
4000006040000068    visa       credit  PE pays pe
4000008580000003    visa       credit  UY pays uy
4000007840000001    visa       credit  AE pays ae
4000000400000008    visa       credit  AT pays at
4000000560000004    visa       credit  BE pays be
4000001000000000    visa       credit  BG pays bg
4000001120000005    visa       credit  BY pays by
4000001910000009    visa       credit  HR pays hr
4000001960000008    visa       credit  CY pays cy
4000002030000002    visa       credit  CZ pays cz
4000002080000001    visa       credit  DK pays dk
4000002330000009    visa       credit  EE pays ee
4000002460000001    visa       credit  FI pays fi
4000002500000003    visa       credit  FR pays fr
4000002760000016    visa       credit  DE pays de
4000002920000005    visa       credit  GI pays gi
4000003000000030    visa       credit  GR pays gr
4000003480000005    visa       credit  HU pays hu
4000003720000005    visa       credit  IE pays ie
4000003800000008    visa       credit  IT pays it
4000004280000005    visa       credit  LV pays lv
4000004380000004    visa       credit  LI pays li
4000004400000000    visa       credit  LT pays lt
4000004420000006    visa       credit  LU pays lu
4000004700000007    visa       credit  MT pays mt
4000005280000002    visa       credit  NL pays nl
4000005780000007    visa       credit  NO pays no
4000006160000005    visa       credit  PL pays pl
4000006200000007    visa       credit  PT pays pt
4000006420000001    visa       credit  RO pays ro
4000006820000007    visa       credit  SA pays sa
4000007050000006    visa       credit  SI pays si
4000007030000001    visa       credit  SK pays sk
4000007240000007    visa       credit  ES pays es
4000007520000008    visa       credit  SE pays se
4000007560000009    visa       credit  CH pays ch
4000008260000000    visa       credit  GB pays gb
4000058260000005    visa       debit   GB pays gb_debit
4000000360000006    visa       credit  AU pays au
4000001560000002    visa       credit  CN pays cn
4000003440000004    visa       credit  HK pays hk
4000003560000008    visa       credit  IN pays in
4000003920000003    visa       credit  JP pays jp
3530111333300000    jcb        credit  JP pays jcb_jp
4000004580000002    visa       credit  MY pays my
4000005540000008    visa       credit  NZ pays nz
4000007020000003    visa       credit  SG pays sg
4000001580000008    visa       credit  TW pays tw
4000007640000003    visa       credit  TH pays th th_credit
4000057640000008    visa       debit   TH pays th_debit

4000000000000002    visa       credit  US declined chargeDeclined visa_chargeDeclined
4000000000009995    visa       credit  US insufficient_funds chargeDeclinedInsufficientFunds visa_chargeDeclinedInsufficientFunds
4000000000009987    visa       credit  US lost_card chargeDeclinedLostCard visa_chargeDeclinedLostCard
4000000000009979    visa       credit  US stolen_card chargeDeclinedStolenCard visa_chargeDeclinedStolenCard
4000000000000069    visa       credit  US expired_card chargeDeclinedExpiredCard visa_chargeDeclinedExpiredCard
4000000000000127    visa       credit  US incorrect_cvc chargeDeclinedIncorrectCvc visa_chargeDeclinedIncorrectCvc
4000000000000119    visa       credit  US processing_error chargeDeclinedProcessingError visa_chargeDeclinedProcessingError
4000000000006975    visa       credit  US velocity chargeDeclinedVelocityLimitExceeded visa_chargeDeclinedVelocityLimitExceeded
4100000000000019    visa       credit  US fraudulent radarBlock chargeDeclinedFraudulent visa_chargeDeclinedFraudulent
4000000000000341    visa       credit  US declined_when_charged chargeCustomerFail visa_chargeCustomerFail
4000000000004954    visa       credit  US highest_risk riskLevelHighest
4000000000009235    visa       credit  US elevated_risk riskLevelElevated
4000000000000101    visa       credit  US cvc_fails cvcCheckFail
4000000000000036    visa       credit  US postal_code_fails avsZipFail
4000058400307872    visa       credit  US cvc_fails_elevated cvcCheckFailElevatedRisk
4000058400306072    visa       credit  US postal_code_fails_elevated avsZipFailElevatedRisk
4000000000000028    visa       credit  US line1_fails avsLine1Fail
4000000000000010    visa       credit  US address_fails avsFail
4000000000000044    visa       credit  US address_unavailable avsUnchecked
4000000000000259    visa       credit  US disputed createDispute
4000000000002685    visa       credit  US not_received createDisputeProductNotReceived
4000000000001976    visa       credit  US disputed createDisputeInquiry
4000000000005423    visa       credit  US pays createIssuerFraudRecord
4000000404000079    visa       credit  US disputed_twice createMultipleDisputes
4000000000007726    visa       credit  US refunds_pend pendingRefund
4000000000005126    visa       credit  US refunds_fail refundFail
4000000000000077    visa       credit  US pays bypassPending
4000003720000278    visa       credit  IE pays bypassPendingInternational
4000002500003155    visa       credit  FR authenticates_unless_set_up authenticationRequiredOnSetup
4000002760003184    visa       credit  DE authenticates authenticationRequired
4000003800000446    visa       credit  IT authenticates_on_session authenticationRequiredSetupForOffSession
4000008260003178    visa       credit  GB authenticates_then_insufficient_funds authenticationRequiredChargeDeclinedInsufficientFunds
4000000000003220    visa       credit  US authenticates threeDSecure2Required
4000000000003063    visa       credit  US authenticates threeDSecureRequired
4000008400001629    visa       credit  US authenticates_then_declined threeDSecureRequiredChargeDeclined
4000008400001280    visa       credit  US authentication_unavailable threeDSecureRequiredProcessingError
4000000000003055    visa       credit  US pays threeDSecureOptional
4000000000003097    visa       credit  US pays threeDSecureOptionalProcessingError

4111111111111111    visa       credit  US pays
5454545454545454    mastercard credit  US pays
3566111111111113    jcb        credit  JP pays
6447032400000000001 discover   credit  US pays
36021042000004      diners     credit  US pays
6250947000000006    unionpay   credit  CN pays
4111111111160001    visa       credit  TH incorrect_cvc_when_charged
5555551111130001    mastercard credit  TH incorrect_cvc_when_charged
3530111111110001    jcb        credit  TH incorrect_cvc_when_charged
4111111111150002    visa       credit  TH authentication_unavailable
5555551111120002    mastercard credit  TH authentication_unavailable
3530111111100002    jcb        credit  TH authentication_unavailable
4111111111140003    visa       credit  TH fails_authentication
5555551111110003    mastercard credit  TH fails_authentication
3530111111190003    jcb        credit  TH fails_authentication
377138161111003     amex       credit  TH fails_authentication
4111111111140011    visa       credit  TH insufficient_funds_when_charged
5555551111110011    mastercard credit  TH insufficient_funds_when_charged
3530111111190011    jcb        credit  TH insufficient_funds_when_charged
6250947000000014    unionpay   credit  TH insufficient_funds_when_charged
4111111111130012    visa       credit  TH stolen_card_when_charged
5555551111100012    mastercard credit  TH stolen_card_when_charged
3530111111180012    jcb        credit  TH stolen_card_when_charged
6250947000000022    unionpay   credit  TH stolen_card_when_charged
4111111111120013    visa       credit  TH processing_error_when_charged
5555551111190013    mastercard credit  TH processing_error_when_charged
3530111111170013    jcb        credit  TH processing_error_when_charged
377138160000009     amex       credit  TH processing_error_when_charged
6447032400001111005 discover   credit  TH processing_error_when_charged
36021042111108      diners     credit  TH processing_error_when_charged
6250947000000030    unionpay   credit  TH processing_error_when_charged
4111111111110014    visa       credit  TH do_not_honor_when_charged
5555551111180014    mastercard credit  TH do_not_honor_when_charged
3530111111160014    jcb        credit  TH do_not_honor_when_charged
6250947000000048    unionpay   credit  TH do_not_honor_when_charged
4111111111190016    visa       credit  TH fraudulent_when_charged
5555551111160016    mastercard credit  TH fraudulent_when_charged
3530111111140016    jcb        credit  TH fraudulent_when_charged
6250947000000055    unionpay   credit  TH fraudulent_when_charged
4111111111180017    visa       credit  TH invalid_account_when_charged
5555551111150017    mastercard credit  TH invalid_account_when_charged
3530111111130017    jcb        credit  TH invalid_account_when_charged
6250947000000063    unionpay   credit  TH invalid_account_when_charged
6250947000000071    unionpay   credit  TH authentication_unavailable
6250947000000089    unionpay   credit  TH fails_authentication
"""  # noqa: E501 -- one line for each card

CARDS: dict[str, PublishedCard] = {
    number: PublishedCard(number, brand, funding, country, behaviour, tuple(names))
    for number, brand, funding, country, behaviour, *names in (
        line.split() for line in _TABLE.splitlines() if line
    )
}
"""By number."""

# Ids that share a number with others and behave differently: name, number, behaviour.
_MORE_NAMES = """
visa_debit_chargeDeclinedInsufficientFunds 4000056655665556 insufficient_funds
visa_chargeCustomerFailLostCard            4000000000009987 lost_card_when_charged
visa_chargeCustomerFailStolenCard          4000000000009979 stolen_card_when_charged
"""

NAMED: dict[str, PublishedCard] = {name: card for card in CARDS.values() for name in card.names} | {
    name: replace(CARDS[number], behaviour=behaviour)
    for name, number, behaviour in (line.split() for line in _MORE_NAMES.splitlines() if line)
}
"""By what follows `tok_` and `pm_card_` in their well-known ids."""
