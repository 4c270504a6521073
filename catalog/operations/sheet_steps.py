"""What proposing and deciding have in common: the row, its status, and who hears of it."""

from collections.abc import Iterable

from django.db import IntegrityError, models
from django.urls import reverse

from accounts.enums import MinistryRole
from accounts.filing import save_valid
from accounts.models import User
from catalog import attributes
from catalog.enums import SHEET_TRANSITIONS, SheetStatus
from catalog.models import Attribute, Product
from core.errors import Busy
from core.states import check_move
from journal import operations as journal


def locked(sheet: Product) -> Product:
    """The sheet, its row held until the transaction ends."""
    return Product.objects.locked().get(pk=sheet.pk)


def move(sheet: Product, new: SheetStatus) -> None:
    """Set the status along the table; raises StaleState."""
    check_move(SHEET_TRANSITIONS, SheetStatus(sheet.status), new)
    sheet.status = new


def asked_and_said(sheet: Product) -> tuple[list[Attribute], dict[str, object]]:
    """The properties of its category, and its values of them."""
    asked = Attribute.objects.of(sheet.category)
    return asked, attributes.values_of(sheet, asked)


def save(sheet: Product) -> None:
    """Save a valid sheet; Busy if another one took its address or GTIN just now."""
    try:
        save_valid(sheet)
    except IntegrityError:
        raise Busy from None


def proposers(sheet: Product) -> models.QuerySet[User]:
    """The people of the company that proposed it."""
    return sheet.proposed_for.people() if sheet.proposed_for else User.objects.none()


def reviewers() -> models.QuerySet[User]:
    """Those who decide on sheets."""
    return User.objects.filter(ministry_role=MinistryRole.REVIEWER, is_active=True)


def url_of(sheet: Product) -> str:
    """Where its proposers see it."""
    return reverse("catalog:product" if sheet.is_active else "catalog:sheet", args=[sheet.slug])


def review_url(sheet: Product) -> str:
    """Where reviewers decide on it."""
    return reverse("admin:catalog_product_change", args=[sheet.pk])


def tell(sheet: Product, verb: str, *, by: User, to: Iterable[User], **facts: str) -> None:
    """Journal what happened to the sheet, with its reason; `to` hear of it."""
    company = sheet.proposed_for
    journal.record(
        f"catalog.{verb}",
        sheet,
        by=by,
        to=to,
        organisations=[company.public_id] if company else [],
        payload={
            "sheet": sheet.name,
            "supplier": company.name if company else "",
            "reason_text": sheet.reason_text,
            **facts,
        },
    )
