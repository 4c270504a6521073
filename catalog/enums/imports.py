"""Files of suppliers: what they say, and how far they have come."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ImportKind(TextChoices):
    """What a file says about a supplier's offers."""

    STOCK = "STOCK", _("stock")
    PRICES = "PRICES", _("prices")
    OFFERS = "OFFERS", _("offers, new ones and changes")
    PRODUCTS = "PRODUCTS", _("product sheets that the catalogue lacks")


class ImportMode(TextChoices):
    """What becomes of a file in which some rows are wrong."""

    ALL_OR_NOTHING = "ALL_OR_NOTHING", _("all rows, or none if one is wrong")
    GOOD_ROWS = "GOOD_ROWS", _("the good rows only")


class ImportStatus(TextChoices):
    """Where a file stands between the upload and the catalogue."""

    RECEIVED = "RECEIVED", _("waiting to be read")
    READING = "READING", _("being read")
    PREVIEW = "PREVIEW", _("to be checked")
    APPLYING = "APPLYING", _("being applied")
    APPLIED = "APPLIED", _("applied")
    REFUSED = "REFUSED", _("unreadable")
    FAILED = "FAILED", _("not finished")
    DISCARDED = "DISCARDED", _("thrown away")


IMPORT_TRANSITIONS: dict[ImportStatus, frozenset[ImportStatus]] = {
    ImportStatus.RECEIVED: frozenset({ImportStatus.READING, ImportStatus.DISCARDED}),
    ImportStatus.READING: frozenset(
        {
            ImportStatus.PREVIEW,
            ImportStatus.REFUSED,
            ImportStatus.FAILED,
            ImportStatus.DISCARDED,
        }
    ),
    ImportStatus.PREVIEW: frozenset({ImportStatus.APPLYING, ImportStatus.DISCARDED}),
    # back to the start if an offer has changed since the preview
    ImportStatus.APPLYING: frozenset(
        {ImportStatus.APPLIED, ImportStatus.RECEIVED, ImportStatus.FAILED}
    ),
}
IMPORT_AT_WORK = (ImportStatus.RECEIVED, ImportStatus.READING, ImportStatus.APPLYING)
IMPORT_LIVE = (*IMPORT_AT_WORK, ImportStatus.PREVIEW)


class RowAction(TextChoices):
    """What applying would do with a row."""

    ERROR = "ERROR", _("wrong")
    CREATE = "CREATE", _("adds something new")
    UPDATE = "UPDATE", _("changes an offer")
    SAME = "SAME", _("changes nothing")
