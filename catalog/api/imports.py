"""Files of offers, stock and prices, handed in by programs: the same operations as the pages."""

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.generics import get_object_or_404
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from catalog import import_files, imports, tasks
from catalog.api.files import AddressDecides
from catalog.downloads import CSV_TYPE, FORMATS, XLSX_TYPE
from catalog.enums import ImportKind, ImportMode, ImportStatus
from catalog.models import ImportJob, ImportRow
from suppliers.models import Supplier


FILE = {(200, CSV_TYPE): OpenApiTypes.BINARY, (200, XLSX_TYPE): OpenApiTypes.BINARY}


class ImportOutput(serializers.ModelSerializer):
    supplier = serializers.SlugRelatedField(slug_field="public_id", read_only=True)

    class Meta:
        model = ImportJob
        fields = [
            *("public_id", "supplier", "kind", "mode", "status", "original_name", "size_bytes"),
            *("sha256", "rows_read", "rows_total"),
            *("created_rows", "updated_rows", "same_rows", "wrong_rows"),
            *("refusal", "notice", "created_at", "decided_at"),
        ]
        read_only_fields = fields


class RowError(serializers.Serializer):
    column = serializers.CharField()
    value = serializers.CharField()
    message = serializers.CharField(help_text="What is wrong, and the remedy.")


class ImportRowOutput(serializers.ModelSerializer):
    cells = serializers.ListField(child=serializers.CharField(), read_only=True)
    differences = serializers.DictField(
        child=serializers.ListField(),
        read_only=True,
        allow_null=True,
        help_text="By field: the value now (null: a new offer) and the value in the file.",
    )
    errors = RowError(many=True, read_only=True, allow_null=True)

    class Meta:
        model = ImportRow
        fields = ["row", "action", "cells", "differences", "errors"]
        read_only_fields = fields


class ImportInput(serializers.Serializer):
    supplier = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Supplier.objects.none()
    )
    kind = serializers.ChoiceField(ImportKind.choices)
    mode = serializers.ChoiceField(ImportMode.choices, default=ImportMode.ALL_OR_NOTHING)
    upload = serializers.FileField(allow_empty_file=True)

    def get_fields(self):
        fields = super().get_fields()
        request = self.context.get("request")
        if request and request.user.is_authenticated:
            fields["supplier"].queryset = Supplier.objects.filter(members__user=request.user)
        return fields


class ApplyInput(serializers.Serializer):
    mode = serializers.ChoiceField(
        ImportMode.choices,
        required=False,
        help_text="Instead of what was chosen at the upload: GOOD_ROWS leaves wrong rows out.",
    )


class ImportFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(choices=ImportKind.choices)
    status = django_filters.ChoiceFilter(choices=ImportStatus.choices)

    class Meta:
        model = ImportJob
        fields = []


class ImportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Files handed in: read by a worker, looked at, applied whole. Ask again until PREVIEW."""

    serializer_class = ImportOutput
    filterset_class = ImportFilter
    lookup_field = "public_id"
    queryset = ImportJob.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return ImportJob.objects.none()
        jobs = ImportJob.objects.visible_to(self.request.user).select_related("supplier")
        if self.action in {"apply", "discard"}:
            jobs = jobs.filter(supplier__members__user=self.request.user)
        return jobs.distinct().order_by("-pk")

    @extend_schema(request={"multipart/form-data": ImportInput}, responses={201: ImportOutput})
    def create(self, request):
        """Hand a file in. The same file that is still being imported is that import."""
        if not request.user.supplier_memberships.exists():
            raise PermissionDenied
        given = ImportInput(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = dict(given.validated_data)
        job = imports.receive(values.pop("supplier"), by=request.user, **values)
        tasks.wake(job.pk)
        return Response(ImportOutput(job).data, status=status.HTTP_201_CREATED)

    def get_parsers(self):
        return [MultiPartParser(), JSONParser()]

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=ImportKind.values),
            OpenApiParameter("file_format", str, OpenApiParameter.PATH, enum=sorted(FORMATS)),
            OpenApiParameter(
                "supplier",
                OpenApiTypes.UUID,
                description="Needed only by people of several companies.",
            ),
        ],
        responses=FILE,
        filters=False,
    )
    @action(
        detail=False,
        methods=["get"],
        url_path="templates/(?P<kind>[A-Z]+)/(?P<file_format>csv|xlsx)",
        pagination_class=None,
        content_negotiation_class=AddressDecides,
    )
    def template(self, request, kind=None, file_format=None):
        """The columns of one kind of file with help, and the company's offers as they stand."""
        return import_files.template(self._own_supplier(), kind, file_format)

    def _own_supplier(self):
        """The company that is asked for, or the one that the person belongs to."""
        own = Supplier.objects.filter(members__user=self.request.user).order_by("pk")
        if asked := self.request.query_params.get("supplier"):
            return get_object_or_404(own, public_id=asked)
        if len(own[:2]) > 1:
            raise ValidationError({"supplier": _("You belong to several companies: name one.")})
        return get_object_or_404(own)

    @extend_schema(responses=ImportRowOutput(many=True), filters=False)
    @action(detail=True, methods=["get"], filterset_class=None)
    def rows(self, request, public_id=None):
        """What each row would do, the wrong ones first."""
        job = self.get_object()
        rows = ImportRow.objects.filter(job=job).order_by("action", "row")
        page = self.paginate_queryset(rows)
        return self.get_paginated_response(ImportRowOutput(page, many=True).data)

    @extend_schema(responses=FILE)
    @action(detail=True, methods=["get"], content_negotiation_class=AddressDecides)
    def errors(self, request, public_id=None):
        """The file as it came, CSV or XLSX, with what is wrong in a last column."""
        return import_files.errors(self.get_object())

    @extend_schema(request=ApplyInput, responses=ImportOutput)
    @action(detail=True, methods=["post"])
    def apply(self, request, public_id=None):
        """Put exactly what was shown into force; a worker does it, all together."""
        given = ApplyInput(data=request.data)
        given.is_valid(raise_exception=True)
        job = imports.apply(self.get_object(), by=request.user, **given.validated_data)
        tasks.wake(job.pk)
        return Response(ImportOutput(job).data)

    @extend_schema(request=None, responses=ImportOutput)
    @action(detail=True, methods=["post"])
    def discard(self, request, public_id=None):
        """Throw the file away; nothing has changed."""
        return Response(ImportOutput(imports.discard(self.get_object(), by=request.user)).data)
