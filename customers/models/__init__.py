from customers.models.addresses import POSTAL_FIELDS, Address
from customers.models.aliases import Alias
from customers.models.allowances import AllowanceCount
from customers.models.api_keys import ApiKey
from customers.models.audit_entries import AuditEntry
from customers.models.balance_transactions import CustomerBalanceTransaction
from customers.models.base import TenantModel
from customers.models.bulk_jobs import BulkJob, BulkJobPart
from customers.models.cash_transactions import CashTransaction
from customers.models.consents import Consent
from customers.models.custom_fields import CustomField
from customers.models.customers import Customer
from customers.models.duplicates import DuplicatePair, DuplicateSearch
from customers.models.erasures import Erasure, Tombstone
from customers.models.findings import Finding, InvariantCheck
from customers.models.idempotency_records import IdempotencyRecord
from customers.models.imports import Import, ImportChunk, ImportFault
from customers.models.logos import Logo
from customers.models.merges import Merge
from customers.models.messages import Message
from customers.models.notes import Note
from customers.models.operators import Membership, Operator, Role
from customers.models.organizations import Organization
from customers.models.retention_runs import RetentionRun
from customers.models.saved_views import SavedView
from customers.models.second_factors import Authenticator, RecoveryCodes
from customers.models.sites import DunningEnd, EmailUniqueness, Site
from customers.models.tax_ids import TaxId
from customers.models.test_clocks import TestClock
from customers.models.wordings import Wording

__all__ = [
    "POSTAL_FIELDS",
    "Address",
    "Alias",
    "AllowanceCount",
    "ApiKey",
    "AuditEntry",
    "Authenticator",
    "BulkJob",
    "BulkJobPart",
    "CashTransaction",
    "Consent",
    "CustomField",
    "Customer",
    "CustomerBalanceTransaction",
    "DunningEnd",
    "DuplicatePair",
    "DuplicateSearch",
    "EmailUniqueness",
    "Erasure",
    "Finding",
    "IdempotencyRecord",
    "Import",
    "ImportChunk",
    "ImportFault",
    "InvariantCheck",
    "Logo",
    "Membership",
    "Merge",
    "Message",
    "Note",
    "Operator",
    "Organization",
    "RecoveryCodes",
    "RetentionRun",
    "Role",
    "SavedView",
    "Site",
    "TaxId",
    "TenantModel",
    "TestClock",
    "Tombstone",
    "Wording",
]
