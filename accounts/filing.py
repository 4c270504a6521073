"""Filling in an organisation's file: every value cleaned, every refusal naming its field."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.core.files.storage import Storage
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from core.errors import DomainError, Duplicate
from core.places import department_of_postcode


class Place(Protocol):
    """An address: an organisation's or a site's."""

    postcode: str
    department: str


def assign(row: models.Model, fields: Mapping[str, Any], *, allowed: Collection[str]) -> set[str]:
    """Set `fields` and return the names of those that changed; any other name is refused."""
    unknown = set(fields) - set(allowed)
    if unknown:
        raise DomainError(_("This cannot be changed here."), field=min(unknown))
    changed = {name for name, value in fields.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, fields[name])
    return changed


def cleaned(fields: Mapping[str, Any], **cleaners: Callable[[str], str]) -> dict[str, Any]:
    """`fields` with each named one cleaned ("" stays ""); DomainError names the field."""
    result = dict(fields)
    for name in cleaners.keys() & result.keys():
        value = str(result[name] or "").strip()
        try:
            result[name] = cleaners[name](value) if value else ""
        except ValidationError as error:
            raise DomainError(error.messages[0], field=name) from None
    return result


def clean_postcode(value: str) -> str:
    """Five digits, spaces removed. Raises ValidationError."""
    digits = value.replace(" ", "")
    if not re.fullmatch(r"[0-9]{5}", digits):
        raise ValidationError(_("A postcode has 5 digits. Example: 75012."), code="postcode")
    return digits


def settle_department(place: Place) -> None:
    """Fill the department of a place (organisation or site) in from its postcode.

    Raises DomainError where the two contradict each other.
    """
    if not place.postcode:
        return
    expected = department_of_postcode(place.postcode)
    place.department = place.department or expected
    if place.department != expected:
        raise DomainError(
            _("The postcode %(postcode)s lies in department %(expected)s, not %(given)s.")
            % {
                "postcode": place.postcode,
                "expected": expected,
                "given": place.department,
            },
            field="department",
        )


def save_valid(row: models.Model, *, remedy: str = "") -> None:
    """Check the fields and rules of `row` and save it.

    Raises DomainError with the first field in error; Duplicate with the field that another row
    has already, its message followed by `remedy`.
    """
    try:
        row.clean_fields()
        for constraint in row._meta.constraints:
            if isinstance(constraint, models.CheckConstraint):
                constraint.validate(type(row), row)
    except ValidationError as error:
        raise _refusal(error) from None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise _duplicate(row, error, remedy) from error


@contextmanager
def file_only_with_row(storage: Storage, name: str) -> Iterator[None]:
    """One transaction; if it fails, the file that it wrote is deleted again."""
    try:
        with transaction.atomic():
            yield
    except BaseException:
        storage.delete(name)
        raise


def _refusal(error: ValidationError) -> DomainError:
    if not hasattr(error, "error_dict"):
        return DomainError(error.messages[0])
    field, messages = next(iter(error.message_dict.items()))
    return DomainError(messages[0], field=field)


def _duplicate(row: models.Model, error: IntegrityError, remedy: str) -> Exception:
    """The refusal that belongs to the violated constraint; any other error stays what it is."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    for constraint in row._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.name == name:
            message = f"{constraint.get_violation_error_message()} {remedy}".strip()
            return Duplicate(message, field=constraint.fields[-1] if constraint.fields else "")
    return error
