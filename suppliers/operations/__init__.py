"""What can be done with a supplier; called as `operations.submit(supplier, by=user)`."""

from suppliers.checklist import missing
from suppliers.operations.decisions import (
    approve,
    change_requirement,
    judge_certificate,
    record_call_back,
    refuse,
    reinstate,
    request_changes,
    suspend,
)
from suppliers.operations.file import attest, create, submit, update
from suppliers.operations.proofs import (
    add_certificate,
    add_document,
    correct_certificate,
    remove_document,
)


__all__ = [
    "add_certificate",
    "add_document",
    "approve",
    "attest",
    "change_requirement",
    "correct_certificate",
    "create",
    "judge_certificate",
    "missing",
    "record_call_back",
    "refuse",
    "reinstate",
    "remove_document",
    "request_changes",
    "submit",
    "suspend",
    "update",
]
