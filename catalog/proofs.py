"""Which sheets a certificate may name."""

from collections.abc import Iterable

from django.db.models import Q

from catalog.availability import fits
from catalog.models import CoveredSheet, Product, ProductQuerySet
from catalog.prices import RuleBook
from suppliers.models import Certificate


MOST_SHOWN = 500


def open_to(
    certificate: Certificate, *, rules: RuleBook, also: Iterable[str] = ()
) -> ProductQuerySet:
    """What a page lets choose: the sheets named, and those that its company offers or proposed.

    `also`: slugs of sheets that were asked for beside. Sheets that ask for what the certificate
    does not prove on the rules' day are left out; of the others the first MOST_SHOWN by name.
    """
    supplier, asked = certificate.supplier, Q(slug__in=list(also))
    own = Q(offers__supplier=supplier) | Q(proposed_for=supplier) | asked
    sheets = Product.objects.offered_on(supplier).filter(own).exclude(standard="")
    fitting = [
        each.pk
        for each in sheets.order_by("name", "pk").distinct()
        if fits(each, certificate, rules)
    ]
    named = CoveredSheet.objects.filter(certificate=certificate).order_by()
    chosen = Q(pk__in=fitting[:MOST_SHOWN]) | (asked & Q(pk__in=fitting))
    chosen |= Q(pk__in=named.values("product"))
    return Product.objects.filter(chosen).select_related("category").order_by("name", "pk")
