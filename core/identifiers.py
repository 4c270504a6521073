"""Official numbers of organisations and goods: cleaned, checked, with an error that says why."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from stdnum import ean, luhn
from stdnum.exceptions import ValidationError as NumberError
from stdnum.fr import siret as stdnum_siret


CPV_WEIGHTS = (3, 7, 1, 3, 7, 1, 3, 7)


def clean_siret(value: str) -> str:
    """Fourteen digits with a right key (INSEE; La Poste's exception included), spaces removed.

    Raises ValidationError. The number of zeros alone passes the key but belongs to nobody.
    """
    digits = stdnum_siret.compact(value)
    if not digits.isdigit() or len(digits) != 14:
        raise ValidationError(_("A SIRET number has 14 digits."), code="siret_length")
    try:
        stdnum_siret.validate(digits)
    except NumberError:
        raise ValidationError(
            _("The key of this SIRET number is wrong: check each digit against the Kbis extract."),
            code="siret_key",
        ) from None
    if not int(digits):
        raise ValidationError(_("This SIRET number belongs to no company."), code="siret_zero")
    return digits


def siren_of(siret: str) -> str:
    """The legal entity's nine digits."""
    return siret[:9]


def clean_finess(value: str) -> str:
    """Nine characters, the last a Luhn key; Corsica's A and B count as 1 and 2 (DREES).

    Raises ValidationError.
    """
    number = value.replace(" ", "").upper()
    digits = number.replace("A", "1", 1).replace("B", "2", 1)
    if len(number) != 9 or not digits.isdigit():
        raise ValidationError(_("A FINESS number has 9 characters."), code="finess_length")
    if not luhn.is_valid(digits) or not int(digits):
        raise ValidationError(
            _("The key of this FINESS number is wrong: check each digit."), code="finess_key"
        )
    return number


def clean_gtin(value: str) -> str:
    """A GTIN-8, 12, 13 or 14 with a right check digit (GS1 General Specifications, 7.9)."""
    digits = value.replace(" ", "")
    if not ean.is_valid(digits):
        raise ValidationError(_("The check digit of this GTIN is wrong."), code="gtin_key")
    return digits


def padded_gtin(value: str) -> str:
    """A clean GTIN as it is stored: 14 digits, zeros in front. Raises ValidationError."""
    digits = clean_gtin(value)
    if not int(digits):
        raise ValidationError(_("This GTIN belongs to nothing."), code="gtin_zero")
    return as_padded_gtin(digits)


def as_padded_gtin(value: str) -> str:
    """8, 12 or 13 digits as 14; anything else as it is."""
    digits = value.replace(" ", "")
    return digits.zfill(14) if len(digits) in {8, 12, 13} else digits


def clean_cpv(value: str) -> str:
    """Eight digits, a hyphen and their check digit (Regulation (EC) No 213/2008).

    The digits weigh 3, 7 and 1 in turn, as every code of the table shows. Raises ValidationError.
    """
    code = value.replace(" ", "")
    if not re.fullmatch(r"[0-9]{8}-[0-9]", code):
        raise ValidationError(
            _("A CPV code is written like 33140000-3: 8 digits, a hyphen, 1 digit."),
            code="cpv_format",
        )
    weighed = sum(int(digit) * weight for digit, weight in zip(code, CPV_WEIGHTS, strict=False))
    if weighed % 10 != int(code[-1]):
        raise ValidationError(
            _("The check digit of this CPV code is wrong: check each digit."), code="cpv_key"
        )
    return code


def validate_siret(value: str) -> None:
    """For model fields: raise ValidationError unless `value` is a clean SIRET."""
    clean_siret(value)


def validate_finess(value: str) -> None:
    """For model fields: raise ValidationError unless `value` is a clean FINESS number."""
    clean_finess(value)


def validate_cpv(value: str) -> None:
    """For model fields: raise ValidationError unless `value` is a clean CPV code."""
    clean_cpv(value)


def validate_gtin(value: str) -> None:
    """For model fields: raise ValidationError unless `value` is a clean GTIN."""
    clean_gtin(value)
