"""The company's own file: made, filled in, attested, handed in."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.filing import assign, clean_postcode, cleaned, save_valid, settle_department
from accounts.models import User
from accounts.organisations import SiretCheck, hand_in, require_open
from core.errors import DomainError, StaleState
from core.identifiers import clean_siret
from suppliers.checklist import concerning, missing
from suppliers.enums import Activity, RequirementKind, SupplierRole
from suppliers.models import Requirement, Submission, Supplier, SupplierMember
from suppliers.operations.telling import note, require_manager, tell_people, tell_reviewers


IDENTITY = frozenset({"name", "siret", "street", "postcode", "city", "department"})
VETTED = IDENTITY | {"activities", "gel_regime"}
"""What the ministry has looked at: a change of it on an approved file is looked at again."""
EDITABLE = VETTED | {"phone"}


@transaction.atomic
def create(*, by: User, name: str, siret: str, **fields: object) -> Supplier:
    """Nothing → DRAFT, with `by` as its first manager.

    Raises DomainError naming the field that is wrong, Duplicate where the SIRET is taken.
    """
    supplier = Supplier()
    _fill_in(supplier, {**fields, "name": name, "siret": siret})
    _save(supplier)
    SupplierMember.objects.create(supplier=supplier, user=by, role=SupplierRole.MANAGER)
    note(supplier, "created", by=by)
    return supplier


@transaction.atomic
def update(supplier: Supplier, *, by: User, **fields: object) -> Supplier:
    """DRAFT, CHANGES_REQUESTED or APPROVED → the same with new values.

    On an APPROVED file a change of what was vetted → PENDING_APPROVAL; it must stay complete.
    """
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    require_manager(supplier, by)
    require_open(supplier)
    vetted = _fill_in(supplier, fields) & VETTED
    again = supplier.is_approved and bool(vetted)
    if again:
        _require_complete(supplier)
        hand_in(supplier)
    _save(supplier)
    if again:
        tell_people(supplier, "back_to_review", by=by, changed=sorted(vetted))
        tell_reviewers(supplier, "submitted", by=by, again=True)
    return supplier


@transaction.atomic
def attest(supplier: Supplier, *, by: User, requirement: Requirement) -> Submission:
    """Nothing → the company's signed answer to `requirement`; a second call changes nothing."""
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    require_manager(supplier, by)
    require_open(supplier)
    if requirement.kind != RequirementKind.ATTESTED or requirement not in concerning(supplier):
        raise DomainError(_("This statement is not asked of your company."), field="requirement")
    submission, is_new = Submission.objects.get_or_create(
        supplier=supplier, requirement=requirement, defaults={"attested_by": by}
    )
    if is_new:
        note(supplier, "attested", by=by, requirement=requirement.code)
    return submission


@transaction.atomic
def submit(supplier: Supplier, *, by: User) -> Supplier:
    """DRAFT or CHANGES_REQUESTED → PENDING_APPROVAL, in the reviewers' queue.

    Raises DomainError naming what is missing, StaleState when it was handed in already.
    """
    supplier = Supplier.objects.locked().get(pk=supplier.pk)
    require_manager(supplier, by)
    if not supplier.is_editable:
        raise StaleState(_("This file has been handed in already."))
    _require_complete(supplier)
    again = supplier.submitted_at is not None
    hand_in(supplier)
    supplier.save()
    tell_reviewers(supplier, "submitted", by=by, again=again)
    return supplier


def _fill_in(supplier: Supplier, fields: dict[str, Any]) -> set[str]:
    """Set what was given, and return the names of what is different now."""
    before = {name: getattr(supplier, name) for name in EDITABLE}
    fields = cleaned(fields, siret=clean_siret, postcode=clean_postcode)
    if not fields.get("siret", supplier.siret):
        raise DomainError(_("Give the SIRET number of the company."), field="siret")
    assign(supplier, fields, allowed=EDITABLE)
    settle_department(supplier)
    if Activity.GEL not in supplier.activities:
        supplier.gel_regime = ""
    changed = {name for name in EDITABLE if getattr(supplier, name) != before[name]}
    if "siret" in changed:
        supplier.siret_check = SiretCheck.NOT_DONE
    if changed & IDENTITY:
        # For all anyone can tell the reviewer's call went to another company.
        supplier.called_back_at = supplier.called_back_by = None
        supplier.call_back_note = ""
    return changed


def _save(supplier: Supplier) -> None:
    save_valid(supplier, remedy=_("Ask one of its managers, or write to the ministry."))


def _require_complete(supplier: Supplier) -> None:
    lacking = [text for text, _url_name in missing(supplier)]
    if lacking:
        raise DomainError(_("Still missing: %(list)s.") % {"list": "; ".join(lacking)})
