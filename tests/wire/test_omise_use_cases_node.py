"""The classes and guards of Omise's documentation, in its own language (rules O29 to O38)."""

import pytest

pytestmark = pytest.mark.node


def test_o29_to_o32_the_use_cases(omise_flow):
    said = omise_flow("use_cases")

    assert said["customer"]["description"] == "basic subscription"
    assert said["charges"] == [
        ["successful", 29_900], ["successful", 29_900], ["successful", 70_000], ["successful", 59_900],
    ]  # fmt: skip
    assert (said["clicked"], said["notClicked"]) == (
        ["successful", True], [{"requiresPaymentInfo": True}] * 2,
    )  # fmt: skip
    assert said["defaults"] == [True, True]
    assert said["lastCard"] == "Cannot remove the only payment method"
    assert (said["upgraded"], said["cancelled"]) == (
        ["enterprise subscription", "enterprise"], "cancelled",
    )  # fmt: skip
    assert said["back"].keys() == {
        "plan", "subscribed_at", "upgraded_at", "status", "cancelled_at", "reactivated_at",
    }  # fmt: skip
    assert (said["back"]["status"], said["back"]["plan"]) == ("active", "premium")
    assert said["withoutCard"] == "No payment method available"


def test_o33_to_o38_the_guards(omise_flow):
    said = omise_flow("guards")

    assert (said["same"], said["invalid"]) == (True, "Invalid email address")
    given, kept = said["metadata"]
    assert (kept, kept["referral_code"]) == (given, "FRIEND20")
    assert (said["charged"], said["stranger"]) == (True, "Customer not found")
    assert said["refused"] == "Invalid email address: nobody"
    assert said["paid"] == {"success": True}
    assert said["absent"] == {"success": False, "error": "Customer not found"}
    assert said["poor"] == {"success": False, "error": "Insufficient funds"}
    assert said["broken"] == {"success": False, "error": "Payment processing failed"}
    assert said["without"] == "No payment method available"
    assert "amount" in said["other"]
    assert (said["found"], said["gone"]) == (True, None)
