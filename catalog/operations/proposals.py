"""What suppliers propose for the catalogue: sheets of products that it does not have yet."""

from collections.abc import Mapping
from typing import TypedDict, Unpack

from django.db import models
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.filing import cleaned
from accounts.models import User
from catalog import attributes, duplicates
from catalog.enums import SheetStatus
from catalog.models import Category, Product
from catalog.operations.sheet_steps import (
    asked_and_said,
    locked,
    move,
    review_url,
    reviewers,
    save,
    tell,
)
from core.errors import DomainError, Duplicate, NotEligible, NotPermitted
from core.identifiers import clean_cpv, padded_gtin
from core.transacting import operation
from suppliers.models import Supplier


class SheetFacts(TypedDict, total=False):
    """What a supplier says about a product; `attributes` are those of the category, by key."""

    name: str
    name_en: str
    description: str
    unit_name: str
    cpv: str
    gtin: str
    attributes: Mapping[str, object]


MAX_WAITING = 100
"""Proposals of one supplier that wait at once."""


@operation
def propose_sheet(
    supplier: Supplier,
    *,
    by: User,
    category: Category,
    differs: bool = False,
    **facts: Unpack[SheetFacts],
) -> Product:
    """Nothing → PROPOSED, for the reviewers to look at; the kind in law is the category's.

    Raises NotPermitted, NotEligible, DomainError naming the field or property, and Duplicate for
    a GTIN that a sheet has, or a name like one of the category's unless `differs` says that the
    person has looked at those (`duplicates.likely`).
    """
    _check_sells(supplier, by)
    if category.children.exists():
        raise DomainError(_("Choose a category without categories below it."), field="category")
    if _waiting(supplier).count() >= MAX_WAITING:
        raise DomainError(_("Too many of your sheets wait: the ministry answers those first."))
    sheet = Product(
        category=category,
        kind=category.kind,
        standard=category.standard,
        status=SheetStatus.PROPOSED,
        is_active=False,
        proposed_for=supplier,
        proposed_by=by,
        proposed_at=timezone.now(),
    )
    _fill_in(sheet, facts, differs=differs)
    sheet.slug = _free_slug(sheet.name)
    save(sheet)
    tell(sheet, "sheet_proposed", by=by, to=reviewers(), url=review_url(sheet))
    return sheet


@operation
def propose_sheet_again(
    sheet: Product, *, by: User, differs: bool = False, **facts: Unpack[SheetFacts]
) -> Product:
    """CHANGES_REQUESTED → PROPOSED, corrected; what is not given stays. Errors as above."""
    sheet = locked(sheet)
    if sheet.proposed_for is None or not sheet.proposed_for.members.filter(user=by).exists():
        raise NotPermitted
    move(sheet, SheetStatus.PROPOSED)
    _fill_in(sheet, facts, differs=differs)
    sheet.proposed_by, sheet.proposed_at = by, timezone.now()
    sheet.reason_text, sheet.decided_by, sheet.decided_at = "", None, None
    save(sheet)
    tell(sheet, "sheet_proposed", by=by, to=reviewers(), url=review_url(sheet))
    return sheet


def _check_sells(supplier: Supplier, by: User) -> None:
    if not supplier.members.filter(user=by).exists():
        raise NotPermitted
    if not supplier.is_approved:
        raise NotEligible(
            _("Your company is not approved at present: see “My company” for what to do.")
        )


def _waiting(supplier: Supplier) -> models.QuerySet[Product]:
    return Product.objects.filter(proposed_for=supplier, status=SheetStatus.PROPOSED)


def _fill_in(sheet: Product, facts: SheetFacts, *, differs: bool) -> None:
    given = cleaned(
        {key: value for key, value in facts.items() if key != "attributes"},
        cpv=clean_cpv,
        gtin=padded_gtin,
    )
    for name, value in given.items():
        setattr(sheet, name, " ".join(str(value).split()) if name != "description" else value)
    sheet.gtin = sheet.gtin or None
    asked, said = asked_and_said(sheet)
    values = attributes.clean(asked, facts.get("attributes", said))
    attributes.assign(sheet, asked, values)
    for name in ("name", "unit_name"):
        if not getattr(sheet, name):
            raise DomainError(_("This is needed, fill it in."), field=name)
    sheet.name_en = sheet.name_en or sheet.name
    _check_not_twice(sheet, differs=differs)


def _check_not_twice(sheet: Product, *, differs: bool) -> None:
    same = duplicates.with_gtin(sheet.gtin).exclude(pk=sheet.pk).first() if sheet.gtin else None
    if same:
        shown = same.title if same.is_active else _("a sheet that is being looked at")
        raise Duplicate(
            _("This GTIN stands on %(sheet)s already: offer on that sheet.") % {"sheet": shown},
            field="gtin",
        )
    alike = [] if differs else duplicates.likely(sheet.category, sheet.name, but=sheet)
    if alike:
        raise Duplicate(
            _("Is it one of these: %(sheets)s? Then offer on it; if not, say that it differs.")
            % {"sheets": ", ".join(each.title for each in alike)},
            field="differs",
        )


def _free_slug(name: str) -> str:
    base = slugify(name)[:70] or "fiche"
    taken = {"new"} | set(
        Product.objects.filter(slug__startswith=base).values_list("slug", flat=True)
    )
    numbers = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return next(each for each in (base, *numbers) if each not in taken)
