"""The rows of payments."""

from payments.models.account_imports import AccountImport, ImportedRecord
from payments.models.balance_transactions import BalanceTransaction
from payments.models.charges import Charge
from payments.models.disputes import Dispute
from payments.models.due_claims import DueClaim
from payments.models.gateway_accounts import GatewayAccount
from payments.models.links import Link
from payments.models.mandates import Mandate
from payments.models.notifications import Notification
from payments.models.operations import Operation
from payments.models.payment_intents import PaymentIntent
from payments.models.payment_methods import PaymentMethod
from payments.models.refunds import Refund
from payments.models.schedules import Occurrence, Schedule
from payments.models.setup_intents import SetupIntent
from payments.models.spending import Spending, SpendingChange
from payments.models.tokens import Token

__all__ = [
    "AccountImport", "BalanceTransaction", "Charge", "Dispute", "DueClaim", "GatewayAccount", "ImportedRecord", "Link",
    "Mandate", "Notification", "Occurrence", "Operation", "PaymentIntent", "PaymentMethod", "Refund", "Schedule",
    "SetupIntent", "Spending", "SpendingChange", "Token",
]  # fmt: skip
