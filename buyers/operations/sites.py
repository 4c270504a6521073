"""Places of delivery."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.filing import assign, clean_postcode, cleaned, save_valid, settle_department
from accounts.models import User
from accounts.organisations import OrganisationStatus
from buyers.models import Buyer, Site
from buyers.operations.telling import note, require_manager
from core.errors import StaleState
from core.identifiers import clean_finess


FIELDS = frozenset({"name", "finess", "street", "postcode", "city", "department", "instructions"})
CLOSED = frozenset({OrganisationStatus.REFUSED, OrganisationStatus.TERMINATED})


@transaction.atomic
def add_site(buyer: Buyer, *, by: User, **fields: object) -> Site:
    """Nothing → one place of delivery. Raises DomainError naming the field, Duplicate its name."""
    buyer = _open(buyer, by)
    site = Site(buyer=buyer)
    _fill_in(site, fields)
    note(buyer, "site_added", by=by, site=site.public_ref, site_name=site.name)
    return site


@transaction.atomic
def update_site(site: Site, *, by: User, **fields: object) -> Site:
    """The same place with new values. Raises DomainError naming the field, Duplicate its name."""
    buyer = _open(site.buyer, by)
    site = Site.objects.select_for_update(of=("self",)).get(pk=site.pk)
    if _fill_in(site, fields):
        note(buyer, "site_changed", by=by, site=site.public_ref, site_name=site.name)
    return site


def _fill_in(site: Site, fields: dict[str, Any]) -> set[str]:
    fields = cleaned(fields, finess=clean_finess, postcode=clean_postcode)
    changed = assign(site, fields, allowed=FIELDS)
    settle_department(site)
    save_valid(site)
    return changed


def _open(buyer: Buyer, by: User) -> Buyer:
    buyer = Buyer.objects.locked().get(pk=buyer.pk)
    require_manager(buyer, by)
    if buyer.status in CLOSED:
        raise StaleState(_("This file is closed to changes. Write to the ministry."))
    return buyer
