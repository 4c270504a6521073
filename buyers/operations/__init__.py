"""What can be done with a buyer; called as `operations.submit(buyer, by=user)`."""

from buyers.checklist import missing
from buyers.operations.decisions import approve, refuse, reinstate, request_changes, suspend
from buyers.operations.file import create, submit, update
from buyers.operations.members import add_member, remove_member
from buyers.operations.sites import add_site, update_site


__all__ = [
    "add_member",
    "add_site",
    "approve",
    "create",
    "missing",
    "refuse",
    "reinstate",
    "remove_member",
    "request_changes",
    "submit",
    "suspend",
    "update",
    "update_site",
]
