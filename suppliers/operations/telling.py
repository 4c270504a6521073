"""Who hears of what happens to a supplier."""

from collections.abc import Iterable

from django.urls import reverse

from accounts.enums import MinistryRole
from accounts.models import User
from core.errors import NotPermitted
from journal.operations import record
from suppliers.enums import SupplierRole
from suppliers.models import Supplier


def require_manager(supplier: Supplier, by: User) -> None:
    """Raise NotPermitted unless `by` manages the supplier's file."""
    if not supplier.members.filter(user=by, role=SupplierRole.MANAGER).exists():
        raise NotPermitted


def note(supplier: Supplier, verb: str, *, by: User, **payload: object) -> None:
    """Journal `verb`; it stands in the story of the file and nobody is written to."""
    _record(supplier, verb, by, [], {"url": reverse("suppliers:file"), **payload})


def tell_people(supplier: Supplier, verb: str, *, by: User, **payload: object) -> None:
    """Journal `verb`; every person of the supplier hears of it and is led to the file."""
    _record(supplier, verb, by, supplier.people(), {"url": reverse("suppliers:file"), **payload})


def tell_reviewers(supplier: Supplier, verb: str, *, by: User, **payload: object) -> None:
    """Journal `verb`; every active reviewer hears of it and is led to the review page."""
    reviewers = User.objects.filter(ministry_role=MinistryRole.REVIEWER, is_active=True)
    _record(supplier, verb, by, reviewers, {"url": review_url(supplier), **payload})


def review_url(supplier: Supplier) -> str:
    """The reviewers' page of this supplier."""
    return reverse("admin:suppliers_supplier_change", args=[supplier.pk])


def _record(
    supplier: Supplier, verb: str, by: User, to: Iterable[User], payload: dict[str, object]
) -> None:
    record(
        f"suppliers.{verb}",
        supplier,
        by=by,
        to=to,
        organisations=[supplier.public_id],
        payload={"name": supplier.name, **payload},
    )
