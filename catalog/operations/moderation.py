"""What the ministry's reviewers decide about proposed sheets, and the merging of doubles."""

from collections.abc import Iterator

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import MinistryRole
from accounts.models import User
from catalog import attributes
from catalog.enums import SheetStatus
from catalog.models import GtinAlias, Product, ShelfChange
from catalog.operations.sheet_files import accept_files_with
from catalog.operations.sheet_steps import (
    asked_and_said,
    locked,
    move,
    proposers,
    save,
    tell,
    url_of,
)
from core.errors import DomainError, NotEligible, NotPermitted
from core.transacting import operation


SAME_GOODS = ("category_id", "kind", "standard", "unit_name", "container_ml", "dispenser")
"""What two sheets share before orders of one may become orders of the other."""
OF_THE_WORKER = (Product, ShelfChange)
"""Not moved in a merge: the sheets themselves, and marks by which search forgets the double."""


@operation
def accept_sheet(sheet: Product, *, by: User) -> Product:
    """PROPOSED → ACCEPTED, with its files: public, and open to everyone's offers."""
    sheet = _decided(sheet, SheetStatus.ACCEPTED, by)
    attributes.clean(*asked_and_said(sheet))
    accept_files_with(sheet, by=by)
    sheet.is_active = True
    save(sheet)
    tell(sheet, "sheet_accepted", by=by, to=proposers(sheet), url=url_of(sheet))
    return sheet


@operation
def refuse_sheet(sheet: Product, *, by: User, reason_text: str) -> Product:
    """PROPOSED → REFUSED, for good; the proposer reads why."""
    sheet = _decided(sheet, SheetStatus.REFUSED, by, reason_text)
    save(sheet)
    tell(sheet, "sheet_refused", by=by, to=proposers(sheet), url=url_of(sheet))
    return sheet


@operation
def request_sheet_changes(sheet: Product, *, by: User, reason_text: str) -> Product:
    """PROPOSED → CHANGES_REQUESTED: the proposer corrects it and proposes it again."""
    sheet = _decided(sheet, SheetStatus.CHANGES_REQUESTED, by, reason_text)
    save(sheet)
    tell(sheet, "sheet_changes_requested", by=by, to=proposers(sheet), url=url_of(sheet))
    return sheet


@operation
def merge_sheet(sheet: Product, *, by: User, into: Product) -> Product:
    """PROPOSED or ACCEPTED → MERGED; returns the sheet that stays.

    Offers, order lines and all else that named the sheet now name `into`; its address leads
    there, its GTIN is kept as an alias. Raises NotEligible unless `into` is another accepted
    sheet and, for one that was accepted and so may have orders, of the same goods.
    """
    rows = {each.pk: each for each in Product.objects.locked().filter(pk__in=[sheet.pk, into.pk])}
    sheet, into = rows[sheet.pk], rows[into.pk]
    _check_reviewer(sheet, by)
    _check_same_goods(sheet, into)
    move(sheet, SheetStatus.MERGED)
    told = proposers(sheet) | User.objects.filter(
        supplier_memberships__supplier__offers__product=sheet, is_active=True
    )
    people = list(told.distinct())
    gtin, sheet.gtin = sheet.gtin, None
    sheet.is_active, sheet.merged_into = False, into
    sheet.decided_by, sheet.decided_at, sheet.reason_text = by, timezone.now(), ""
    save(sheet)
    if gtin:
        GtinAlias.objects.create(gtin=gtin, product=into)
    _move_references(sheet, into)
    Product.objects.filter(merged_into=sheet).update(merged_into=into)
    tell(sheet, "sheet_merged", by=by, to=people, into=into.name, url=url_of(into))
    return into


def _check_reviewer(sheet: Product, by: User) -> None:
    if not by.has_ministry_role(MinistryRole.REVIEWER) or by.is_superuser:
        raise NotPermitted
    if sheet.proposed_for and sheet.proposed_for.members.filter(user=by).exists():
        raise NotPermitted(_("Nobody decides on a sheet of their own company."))


def _decided(sheet: Product, new: SheetStatus, by: User, reason_text: str = "") -> Product:
    """The locked sheet in its new status, with who decided, when and why."""
    sheet = locked(sheet)
    _check_reviewer(sheet, by)
    move(sheet, new)
    sheet.reason_text = reason_text.strip()
    if new != SheetStatus.ACCEPTED and not sheet.reason_text:
        raise DomainError(_("Write what the supplier has to know."), field="reason_text")
    sheet.decided_by, sheet.decided_at = by, timezone.now()
    return sheet


def _check_same_goods(sheet: Product, into: Product) -> None:
    if into.pk == sheet.pk or not into.is_active:
        raise NotEligible(_("Choose another sheet, accepted and active."), field="into")
    if sheet.is_accepted and any(
        getattr(sheet, name) != getattr(into, name) for name in SAME_GOODS
    ):
        raise NotEligible(
            _("Category, kind in law, standard, unit and container of the two sheets differ."),
            field="into",
        )


def _move_references(sheet: Product, into: Product) -> None:
    """Every row that names `sheet` names `into`; one that would say the same twice goes.

    So does one that would then repeat the product of the row it is a part of: a line that takes
    `into` instead of `sheet` has no substitute left.
    """
    moved = list(_references())
    for model, name in moved:
        rows = model._meta.base_manager.filter(**{name: sheet})
        for others in _unique_with(model, name):
            outer = {other: OuterRef(other) for other in others}
            twins = model._meta.base_manager.filter(**{name: into}, **outer)
            rows.filter(Exists(twins)).delete()
        rows.update(**{name: into})
    for model, name in moved:
        for whole in _wholes(model, name):
            model._meta.base_manager.filter(**{name: into, f"{whole}__{name}": into}).delete()


def _references() -> Iterator[tuple[type[models.Model], str]]:
    """Models that name a sheet, but for what the worker keeps of each sheet and its marks."""
    for relation in Product._meta.get_fields(include_hidden=True):
        kept = isinstance(relation, models.OneToOneRel) or relation.related_model in OF_THE_WORKER
        if isinstance(relation, models.ManyToOneRel) and not kept:
            yield relation.related_model, relation.field.name


def _unique_with(model: type[models.Model], name: str) -> Iterator[list[str]]:
    """What the field is unique together with."""
    for rule in model._meta.constraints:
        if isinstance(rule, models.UniqueConstraint) and name in rule.fields:
            yield [other for other in rule.fields if other != name]


def _wholes(model: type[models.Model], name: str) -> Iterator[str]:
    """Relations to the row of which this one is a part, if that names a product by this name.

    Only those that the product is unique with: a part that stands beside its product, once.
    """
    for others in _unique_with(model, name):
        for other in others:
            whole = model._meta.get_field(other).related_model
            if isinstance(whole, type) and any(
                field.name == name and field.related_model is Product
                for field in whole._meta.get_fields()
            ):
                yield other
