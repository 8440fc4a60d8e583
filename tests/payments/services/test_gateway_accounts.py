import pytest

from customers.kit import clock, sealing
from customers.kit.errors import InvalidRequest, InvalidState
from customers.kit.tenancy import scoped_to
from payments.models import GatewayAccount
from payments.services import drills, gateway_accounts


@pytest.fixture
def live(site):
    with scoped_to(site, livemode=True):
        yield


def rows():
    return list(GatewayAccount.objects.values_list("kind", "is_active", "name").order_by("kind"))


def test_test_mode_comes_with_the_sandbox(scope, site):
    account = gateway_accounts.active()

    assert (account.kind, account.name, account.livemode) == ("sandbox", "Sandbox", False)
    assert account.created_at == site.created_at
    assert gateway_accounts.active() == account
    assert rows() == [("sandbox", True, "Sandbox")]


def test_live_mode_has_no_gateway_until_one_is_chosen(live):
    with pytest.raises(InvalidState) as caught:
        gateway_accounts.active()

    assert caught.value.code == "gateway_missing"
    assert rows() == []


def test_live_mode_refuses_the_sandbox(live):
    with pytest.raises(InvalidState) as caught:
        gateway_accounts.choose("sandbox", {}, at=clock.now())

    assert caught.value.code == "sandbox_in_live_mode"
    assert rows() == []


def test_drill_keeps_live_money_away(live, settings):
    settings.DRILL_TIME_FACTOR = 0.01

    with pytest.raises(InvalidState) as chosen:
        gateway_accounts.choose("stripe", {"secret_key": "sk_live_1"}, at=clock.now())
    with pytest.raises(InvalidState) as used:
        gateway_accounts.active()

    assert (chosen.value.code, used.value.code) == ("drill_in_live_mode", "drill_in_live_mode")
    assert rows() == []


def test_drill_shortens_waiting_times_in_test_mode_only(settings):
    settings.DRILL_TIME_FACTOR = 0.01

    assert drills.scaled(300, livemode=False).total_seconds() == 3
    assert drills.scaled(300, livemode=True).total_seconds() == 300


@pytest.mark.parametrize(
    ("factor", "cron"),
    [
        (1, "* * * * * */10"),
        (0.3, "* * * * * */3"),
        (0.001, "* * * * * */1"),
        (100, "* * * * * */59"),
    ],
)
def test_drill_makes_periodic_jobs_as_frequent(settings, factor, cron):
    settings.DRILL_TIME_FACTOR = factor

    assert drills.every(10) == cron


@pytest.mark.parametrize(
    ("kind", "credentials", "param"),
    [
        pytest.param("paypal", {}, "kind", id="unknown gateway"),
        pytest.param("stripe", {"secret_key": "  "}, "secret_key", id="missing"),
        pytest.param("stripe", {"secret_key": "sk_test_1", "pin": "1"}, "pin", id="unknown"),
    ],
)
def test_wrong_choice_changes_nothing(scope, kind, credentials, param):
    gateway_accounts.active()

    with pytest.raises(InvalidRequest) as caught:
        gateway_accounts.choose(kind, credentials, at=clock.now())

    assert caught.value.param == param
    assert rows() == [("sandbox", True, "Sandbox")]


def test_choosing_the_sandbox_again_uses_the_same_account(scope):
    account = gateway_accounts.active()
    at = clock.now()

    again = gateway_accounts.choose("sandbox", {}, at=at)

    assert (again.pk, again.is_active, again.checked_at) == (account.pk, True, at)
    assert rows() == [("sandbox", True, "Sandbox")]


def test_gateway_gets_its_credentials_unsealed(scope):
    account = gateway_accounts.active()
    account.credentials = sealing.seal(b'{"secret_key":"sk_test_1"}')

    access = gateway_accounts.gateway_of(account).access

    assert access.credentials == {"secret_key": "sk_test_1"}
    assert "sk_test_1" not in repr(access)
