"""Files as suppliers send them, handed in and read as a worker does."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from catalog import imports
from catalog.enums import ImportKind, ImportMode
from catalog.models import ImportJob, ImportRow
from suppliers.models import SupplierMember


@pytest.fixture
def shop(make):
    """A member of an approved supplier: `shop.user`, `shop.supplier`."""
    return make.SupplierMember()


class Desk:
    """Where one person hands files in."""

    def __init__(self, shop: SupplierMember):
        self.shop = shop

    def hand_in(
        self, data, *, kind=ImportKind.STOCK, mode=ImportMode.ALL_OR_NOTHING, name="s.csv"
    ):
        """A file that nobody has read yet."""
        data = data.encode() if isinstance(data, str) else data
        with override("en"):
            return imports.receive(
                self.shop.supplier,
                by=self.shop.user,
                kind=kind,
                mode=mode,
                upload=SimpleUploadedFile(name, data),
            )

    def read(self, data, **options):
        """A file as a worker leaves it."""
        job = self.hand_in(data, **options)
        imports.advance(job.pk)
        return ImportJob.objects.get(pk=job.pk)

    def apply(self, job, **options):
        """The import after a worker has applied it."""
        imports.apply(job, by=self.shop.user, **options)
        imports.advance(job.pk)
        return ImportJob.objects.get(pk=job.pk)

    @staticmethod
    def errors(job):
        """{row: [message, …]} of the wrong rows."""
        rows = ImportRow.objects.filter(job=job, errors__isnull=False).order_by("row")
        return {row.row: [error["message"] for error in row.errors] for row in rows}


@pytest.fixture
def desk(shop):
    return Desk(shop)
