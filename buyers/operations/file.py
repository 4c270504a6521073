"""The buyer's own file: made, filled in from the register or by hand, handed in."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.filing import assign, clean_postcode, cleaned, save_valid, settle_department
from accounts.models import User
from accounts.organisations import SiretCheck, hand_in, require_open
from buyers import register
from buyers.checklist import missing
from buyers.enums import BuyerRole
from buyers.models import Buyer, BuyerMember, RegisterEntry, Site
from buyers.operations.telling import note, require_manager, tell_people, tell_reviewers
from core.errors import DomainError, StaleState
from core.identifiers import clean_finess, clean_siret


VETTED = frozenset({"name", "siret", "finess", "kind", "beds", "icu_beds", "staff"})
"""What the ministry has looked at; the size decides the share of scarce goods."""
EDITABLE = VETTED | {"group", "street", "postcode", "city", "department", "phone"}


@transaction.atomic
def create(*, by: User, kind: str, **fields: object) -> Buyer:
    """Nothing → DRAFT, with `by` as its first manager and, where complete, a site of its address.

    What the register knows of the FINESS or SIRET number is taken from there. Raises DomainError
    naming the field that is wrong, Duplicate where a number is taken.
    """
    buyer = Buyer()
    _fill_in(buyer, {**fields, "kind": kind})
    _save(buyer)
    BuyerMember.objects.create(buyer=buyer, user=by, role=BuyerRole.MANAGER)
    _first_site(buyer)
    note(buyer, "created", by=by, verified=buyer.siret_check == SiretCheck.REGISTER)
    return buyer


@transaction.atomic
def update(buyer: Buyer, *, by: User, **fields: object) -> Buyer:
    """DRAFT, CHANGES_REQUESTED or APPROVED → the same with new values.

    On an APPROVED file a change of what was vetted → PENDING_APPROVAL; it must stay complete.
    """
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    require_manager(buyer, by)
    require_open(buyer)
    vetted = _fill_in(buyer, fields) & VETTED
    again = buyer.is_approved and bool(vetted)
    if again:
        _require_complete(buyer)
        hand_in(buyer)
    _save(buyer)
    _first_site(buyer)
    if again:
        tell_people(buyer, "back_to_review", by=by, changed=sorted(vetted))
        tell_reviewers(buyer, "submitted", by=by, again=True)
    return buyer


@transaction.atomic
def submit(buyer: Buyer, *, by: User) -> Buyer:
    """DRAFT or CHANGES_REQUESTED → PENDING_APPROVAL, in the reviewers' queue.

    Raises DomainError naming what is missing, StaleState when it was handed in already.
    """
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    require_manager(buyer, by)
    if not buyer.is_editable:
        raise StaleState(_("This file has been handed in already."))
    _require_complete(buyer)
    again = buyer.submitted_at is not None
    hand_in(buyer)
    buyer.save()
    tell_reviewers(buyer, "submitted", by=by, again=again)
    return buyer


def _fill_in(buyer: Buyer, fields: dict[str, Any]) -> set[str]:
    """Set what was given and what the register knows; return the names of what is different."""
    before = {name: getattr(buyer, name) for name in EDITABLE}
    fields = cleaned(fields, siret=clean_siret, finess=clean_finess, postcode=clean_postcode)
    for name in {"siret", "finess"} & fields.keys():
        fields[name] = fields[name] or None
    assign(buyer, fields, allowed=EDITABLE)
    if not buyer.siret and not buyer.finess:
        raise DomainError(_("Give a SIRET or a FINESS number."), field="finess")
    if (buyer.siret, buyer.finess) != (before["siret"], before["finess"]):
        buyer.siret_check = SiretCheck.NOT_DONE
    _compare_with_register(buyer)
    settle_department(buyer)
    return {name for name in EDITABLE if getattr(buyer, name) != before[name]}


def _compare_with_register(buyer: Buyer) -> None:
    """The register's own words replace what was typed; without an entry, a reviewer checks."""
    entry = register.lookup(buyer.finess or buyer.siret or "")
    if entry is None:
        if not buyer.finess and register.is_shared(buyer.siret or ""):
            raise DomainError(
                _("Several establishments have this SIRET: give the FINESS number of yours."),
                field="finess",
            )
        return
    if entry.siret and buyer.siret and entry.siret != buyer.siret:
        raise DomainError(
            _("The register gives another SIRET for this establishment: %(siret)s.")
            % {"siret": entry.siret},
            field="siret",
        )
    _take_from(entry, buyer)


def _take_from(entry: RegisterEntry, buyer: Buyer) -> None:
    buyer.finess = entry.finess
    buyer.legal_entity_finess = entry.legal_entity_finess
    buyer.name = entry.name
    buyer.postcode, buyer.city, buyer.department = entry.postcode, entry.city, entry.department
    known = not buyer.siret or buyer.siret == entry.siret
    buyer.siret = buyer.siret or entry.siret or None
    buyer.siret_check = SiretCheck.REGISTER if known else SiretCheck.NOT_DONE


def _first_site(buyer: Buyer) -> None:
    """The address is the first place of delivery, until other sites are named."""
    if not (buyer.street and buyer.postcode and buyer.city) or buyer.sites.exists():
        return
    Site.objects.create(
        buyer=buyer,
        name=buyer.name,
        finess=buyer.finess or "",
        street=buyer.street,
        postcode=buyer.postcode,
        city=buyer.city,
        department=buyer.department,
    )


def _save(buyer: Buyer) -> None:
    save_valid(
        buyer,
        remedy=_("Ask one of its managers to add you as a member, or your address as a site."),
    )


def _require_complete(buyer: Buyer) -> None:
    lacking = [text for text, _url_name in missing(buyer)]
    if lacking:
        raise DomainError(_("Still missing: %(list)s.") % {"list": "; ".join(lacking)})
