from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.negotiation import BaseContentNegotiation

from catalog.downloads import CSV_TYPE, FORMATS, XLSX_TYPE, download


class AddressDecides(BaseContentNegotiation):
    """The format stands in the address; errors are JSON, whatever the client accepts."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class ExportMixin:
    """Adds `export/csv/` and `export/xlsx/` to a list: the same rows and filters as a file."""

    def export_table(self, rows):
        raise NotImplementedError

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "file_format", str, OpenApiParameter.PATH, enum=sorted(FORMATS), required=True
            )
        ],
        responses={(200, CSV_TYPE): OpenApiTypes.BINARY, (200, XLSX_TYPE): OpenApiTypes.BINARY},
        filters=True,
    )
    @action(
        detail=False,
        url_path="export/(?P<file_format>csv|xlsx)",
        pagination_class=None,
        content_negotiation_class=AddressDecides,
    )
    def export(self, request, file_format=None):
        """The list with the same filters as a file of at most 100,000 rows.

        CSV in French has semicolons and decimal commas; `Accept-Language` decides. A text that a
        spreadsheet would run as a formula has an apostrophe before it.
        """
        rows = self.filter_queryset(self.get_queryset())
        return download(self.export_table(rows), file_format)
