"""Who may do what: roles and commands, one table, as data; nothing decides about rights anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """
    What a person of `[users]` is here, or that nobody is: a unit of ours acts by its timer.
    """

    ADMIN = "admin"
    OPERATOR = "operator"
    READER = "reader"
    AUDITOR = "auditor"
    DPO = "dpo"
    """The data protection officer."""
    SCHEDULE = "schedule"


class Verb(StrEnum):
    """
    What somebody does with the configured archive: a command, by its words.
    """

    PULL = "pull"
    IMPORT = "import"
    DAEMON = "daemon"
    SHIPMENTS_LIST = "shipments list"
    SHIPMENTS_LIST_NAMES = "shipments list --json"
    """The same with the insurers' names of files, which hold customers' names."""
    SHIPMENTS_SHOW = "shipments show"
    SHIPMENTS_HOLD = "shipments hold"
    SHIPMENTS_RELEASE = "shipments release"
    SHIPMENTS_RETRY = "shipments retry"
    SHIPMENTS_ACK = "shipments ack"
    DOCUMENTS_LIST = "documents list"
    DOCUMENTS_SEARCH = "documents search"
    DOCUMENTS_INDEX = "documents index"
    CONTRACTS_LIST = "contracts list"
    CONTRACTS_SHOW = "contracts show"
    CONTRACTS_HISTORY = "contracts history"
    CONTRACTS_DIFF = "contracts diff"
    DOCUMENTS_EXPORT = "documents export"
    INBOX_LIST = "inbox list"
    INBOX_DONE = "inbox done"
    INBOX_REOPEN = "inbox reopen"
    REPORT_RUN = "report run"
    REPORT_MONTH = "report month"
    HANDOVER_RUN = "handover run"
    HANDOVER_LIST = "handover list"
    INSURERS_UNBLOCK = "insurers unblock"
    INSURERS_SUSPEND = "insurers suspend"
    INSURERS_RESUME = "insurers resume"
    INSURERS_ADD = "insurers add"
    CREDENTIALS_SET = "credentials set"
    CERTS_IMPORT = "certs import"
    DOCTOR_LOGIN = "doctor --login"
    """The examination with a login at each insurer."""
    ARCHIVE_VERIFY = "archive verify"
    ARCHIVE_REBUILD = "archive rebuild"
    ARCHIVE_INDEX = "archive index"
    ARCHIVE_COPY = "archive copy"
    ARCHIVE_COMPARE = "archive compare"
    ARCHIVE_KEEP = "archive keep"
    ARCHIVE_KEPT = "archive kept"
    ARCHIVE_LET_GO = "archive let-go"
    ARCHIVE_PRUNE = "archive prune"
    AUDIT_LIST = "audit list"
    AUDIT_VERIFY = "audit verify"
    AUDIT_WHO = "audit who"
    AUDIT_COVERAGE = "audit coverage"
    AUDIT_EXPORT = "audit export"
    AUDIT_SELFTEST = "audit selftest"
    AUDIT_CHECKPOINT = "audit checkpoint"
    AUDIT_PRUNE = "audit prune"
    ALERT_TEST = "alert test"
    ALERT_UNIT_FAILED = "alert unit-failed"
    DOCS_PROCEDURE = "docs procedure"
    BACKUP_CREATE = "backup create"
    BACKUP_VERIFY = "backup verify"
    BACKUP_RESTORE = "backup restore"
    SUPPORT_BUNDLE = "support-bundle"


_TABLE = {
    Verb.PULL: "admin operator schedule",
    Verb.IMPORT: "admin operator",
    Verb.DAEMON: "admin operator schedule",
    Verb.SHIPMENTS_LIST: "admin operator reader auditor dpo",
    Verb.SHIPMENTS_LIST_NAMES: "admin operator reader dpo",
    Verb.SHIPMENTS_SHOW: "admin operator reader dpo",
    Verb.SHIPMENTS_HOLD: "admin operator",
    Verb.SHIPMENTS_RELEASE: "admin operator",
    Verb.SHIPMENTS_RETRY: "admin operator",
    Verb.SHIPMENTS_ACK: "admin operator",
    Verb.DOCUMENTS_LIST: "admin operator reader dpo",
    Verb.DOCUMENTS_SEARCH: "admin operator reader dpo",
    Verb.DOCUMENTS_INDEX: "admin operator schedule",
    Verb.CONTRACTS_LIST: "admin operator reader dpo",
    Verb.CONTRACTS_SHOW: "admin operator reader dpo",
    Verb.CONTRACTS_HISTORY: "admin operator reader dpo",
    Verb.CONTRACTS_DIFF: "admin operator reader dpo",
    Verb.DOCUMENTS_EXPORT: "admin operator dpo",
    Verb.INBOX_LIST: "admin operator reader",
    Verb.INBOX_DONE: "admin operator reader",
    Verb.INBOX_REOPEN: "admin operator reader",
    Verb.REPORT_RUN: "admin operator reader dpo schedule",
    Verb.REPORT_MONTH: "admin operator reader dpo schedule",
    Verb.HANDOVER_RUN: "admin operator schedule",
    Verb.HANDOVER_LIST: "admin operator reader auditor dpo schedule",
    Verb.INSURERS_UNBLOCK: "admin operator",
    Verb.INSURERS_SUSPEND: "admin operator",
    Verb.INSURERS_RESUME: "admin operator",
    Verb.INSURERS_ADD: "admin operator",
    Verb.CREDENTIALS_SET: "admin operator",
    Verb.CERTS_IMPORT: "admin operator",
    Verb.DOCTOR_LOGIN: "admin operator",
    Verb.ARCHIVE_VERIFY: "admin operator auditor dpo schedule",
    Verb.ARCHIVE_REBUILD: "admin operator",
    Verb.ARCHIVE_INDEX: "admin operator",
    Verb.ARCHIVE_COPY: "admin operator",
    Verb.ARCHIVE_COMPARE: "admin operator auditor dpo",
    Verb.ARCHIVE_KEEP: "admin dpo",
    Verb.ARCHIVE_KEPT: "admin operator auditor dpo",
    Verb.ARCHIVE_LET_GO: "admin dpo",
    Verb.ARCHIVE_PRUNE: "admin",
    Verb.AUDIT_LIST: "admin operator auditor dpo",
    Verb.AUDIT_VERIFY: "admin operator auditor dpo schedule",
    Verb.AUDIT_WHO: "admin auditor dpo",
    Verb.AUDIT_COVERAGE: "admin operator auditor dpo",
    Verb.AUDIT_EXPORT: "admin auditor dpo",
    Verb.AUDIT_SELFTEST: "admin operator auditor dpo",
    Verb.AUDIT_CHECKPOINT: "admin operator schedule",
    Verb.AUDIT_PRUNE: "admin",
    Verb.ALERT_TEST: "admin operator",
    Verb.ALERT_UNIT_FAILED: "admin operator schedule",
    Verb.DOCS_PROCEDURE: "admin operator auditor dpo",
    Verb.BACKUP_CREATE: "admin operator schedule",
    Verb.BACKUP_VERIFY: "admin operator schedule",
    Verb.BACKUP_RESTORE: "admin",
    Verb.SUPPORT_BUNDLE: "admin operator",
}

RIGHTS: Mapping[Verb, frozenset[Role]] = {
    verb: frozenset(Role(word) for word in words.split()) for verb, words in _TABLE.items()
}
"""The table: which roles may do it."""

CUSTOMER_DATA = frozenset(
    {
        *(Verb.SHIPMENTS_LIST_NAMES, Verb.SHIPMENTS_SHOW),
        *(Verb.CONTRACTS_LIST, Verb.CONTRACTS_SHOW, Verb.CONTRACTS_HISTORY, Verb.CONTRACTS_DIFF),
        *(Verb.DOCUMENTS_LIST, Verb.DOCUMENTS_SEARCH, Verb.DOCUMENTS_EXPORT),
        Verb.INBOX_LIST,
    }
)
"""What shows customers' data, so that a purpose is asked for."""

OF_ONE_INSURER = frozenset(
    {
        *(Verb.SHIPMENTS_LIST, Verb.AUDIT_LIST, Verb.AUDIT_VERIFY, Verb.AUDIT_WHO),
        *(Verb.AUDIT_COVERAGE, Verb.AUDIT_EXPORT, Verb.AUDIT_SELFTEST),
    }
)
"""What an auditor of one insurer may do: what can keep the others' out of its answer."""
