"""Which product sheets a certificate proves: its company names them, a reviewer corrects them.

Locks: the supplier's row first, then the certificate's, as where a certificate is judged.
"""

from collections.abc import Collection

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import organisations
from accounts.models import User
from catalog.availability import fits
from catalog.models import CoveredSheet, Product
from catalog.prices import RuleBook
from core.errors import DomainError, NotEligible
from core.transacting import operation
from suppliers.enums import ProofStatus
from suppliers.models import Certificate, Supplier
from suppliers.operations.telling import note, require_manager, tell_people, tell_reviewers


MAX_NAMED = 200
"""Sheets that one certificate names: a reviewer has to read them all."""


@operation
def name_sheets(
    certificate: Certificate, *, by: User, products: Collection[Product]
) -> Certificate:
    """ACCEPTED, REJECTED or PENDING → PENDING: it names these sheets, in place of those of before.

    Offers that rest on it are off sale until a reviewer has looked at it. None named: it speaks
    for every sheet of its standard. The same sheets change nothing. Raises NotPermitted,
    StaleState, DomainError(field="products") for one that has expired or for too many sheets,
    NotEligible(field="products") for a sheet that asks for another proof.
    """
    supplier = Supplier.objects.locked().get(pk=certificate.supplier_id)
    require_manager(supplier, by)
    organisations.require_open(supplier)
    certificate = _held(certificate)
    changed = _put(certificate, products)
    if changed:
        before, certificate.status = certificate.status, ProofStatus.PENDING
        certificate.save(update_fields=["status"])
        tell = tell_reviewers if supplier.is_approved else note
        tell(supplier, "certificate_sheets_named", by=by, before=before, **changed)
    return certificate


@operation
def correct_sheets(
    certificate: Certificate, *, by: User, products: Collection[Product]
) -> Certificate:
    """Same status: a reviewer says which sheets the certificate names; its people hear of it.

    Raises as `name_sheets`.
    """
    supplier = Supplier.objects.locked().get(pk=certificate.supplier_id)
    organisations.require_reviewer(supplier, by)
    certificate = _held(certificate)
    changed = _put(certificate, products)
    if changed:
        tell_people(supplier, "certificate_sheets_corrected", by=by, **changed)
    return certificate


def _held(certificate: Certificate) -> Certificate:
    held: Certificate = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if held.expires_on < timezone.localdate():
        raise DomainError(
            _("This certificate has expired. Hand in the one in force."), field="products"
        )
    return held


def _put(certificate: Certificate, products: Collection[Product]) -> dict[str, object]:
    """Store what it names; for the journal what is different, nothing if it is the same."""
    wanted = {each.pk: each for each in products}
    if len(wanted) > MAX_NAMED:
        raise DomainError(
            _("At most %(count)d products: hand in a certificate for each range.")
            % {"count": MAX_NAMED},
            field="products",
        )
    rows = CoveredSheet.objects.filter(certificate=certificate)
    named = {row.product_id: row.product for row in rows.select_related("product")}
    added = [each for pk, each in wanted.items() if pk not in named]
    removed = [each for pk, each in named.items() if pk not in wanted]
    if not added and not removed:
        return {}
    _check_eligible(certificate, added)
    rows.filter(product__in=removed).delete()
    CoveredSheet.objects.bulk_create(
        CoveredSheet(certificate=certificate, product=each) for each in added
    )
    return {
        "certificate": certificate.public_ref,
        "standard": certificate.standard,
        "scope": certificate.scope,
        "named": sorted(each.name for each in wanted.values()),
        "added": sorted(each.name for each in added),
        "removed": sorted(each.name for each in removed),
    }


def _check_eligible(certificate: Certificate, added: Collection[Product]) -> None:
    rules = RuleBook(timezone.localdate())
    sheets = Product.objects.offered_on(certificate.supplier)
    offered = set(sheets.filter(pk__in=[each.pk for each in added]).values_list("pk", flat=True))
    for product in added:
        if product.pk not in offered:
            raise NotEligible(
                _("%(product)s was retired, or is not yours: take it out.")
                % {"product": product.title},
                field="products",
            )
        if not product.standard or not fits(product, certificate, rules):
            raise NotEligible(
                _("%(product)s needs another proof than %(standard)s: take it out.")
                % {
                    "product": product.title,
                    "standard": f"{certificate.standard} {certificate.standard_class}".rstrip(),
                },
                field="products",
            )
