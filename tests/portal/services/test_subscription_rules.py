"""What a customer may do with a subscription."""

import pytest

from portal.services import subscription_rules
from tests.factories.billing import SubscriptionFactory

ALL_OFFERED = {
    "subscription_update": {"enabled": True, "default_allowed_updates": ["price"]},
    "subscription_pause": {"enabled": True},
    "subscription_cancel": {"enabled": True},
}


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        pytest.param(subscription_rules.may_change, {}, id="change"),
        pytest.param(subscription_rules.may_cancel, {}, id="cancel"),
        pytest.param(subscription_rules.may_pause, {}, id="pause"),
        pytest.param(subscription_rules.may_keep, {"cancels_at_period_end": True}, id="keep"),
        pytest.param(subscription_rules.may_resume, {"status": "paused"}, id="resume"),
    ],
)
def test_record_of_what_is_billed_elsewhere_is_only_looked_at(scope, rule, columns):
    own = SubscriptionFactory(**columns)
    record = SubscriptionFactory(imported_from="stripe", **columns)

    allowed = [rule(own, ALL_OFFERED), rule(record, ALL_OFFERED)]

    assert allowed == [True, False]
