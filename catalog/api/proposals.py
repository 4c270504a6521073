"""Product sheets that suppliers propose, and what reviewers decide about them."""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from catalog import operations
from catalog.api.serializers import asking
from catalog.enums import SheetStatus
from catalog.models import Category, Product
from suppliers.models import Supplier


class SheetOutput(serializers.ModelSerializer):
    category = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    supplier = serializers.SlugRelatedField(
        source="proposed_for", slug_field="public_id", read_only=True
    )
    merged_into = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    status = serializers.ChoiceField(choices=SheetStatus.choices, read_only=True)

    class Meta:
        model = Product
        fields = [
            "slug",
            "supplier",
            "status",
            "reason_text",
            "merged_into",
            "proposed_at",
            "decided_at",
            "category",
            "name",
            "name_en",
            "description",
            "unit_name",
            "cpv",
            "gtin",
            "container_ml",
            "dispenser",
            "has_valve",
            "standard_class",
            "un_number",
            "hazard_class",
            "packing_group",
            "attributes",
        ]
        read_only_fields = fields


class SheetCorrection(serializers.Serializer):
    """What is left out stays; `attributes` are replaced whole, columns of the sheet included."""

    name = serializers.CharField(max_length=150)
    name_en = serializers.CharField(max_length=150, required=False, allow_blank=True)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    unit_name = serializers.CharField(max_length=30)
    cpv = serializers.CharField(max_length=12, required=False, allow_blank=True)
    gtin = serializers.CharField(max_length=20, required=False, allow_blank=True)
    attributes = serializers.DictField(
        required=False, help_text="By key; GET /api/v1/categories/ lists the keys of each."
    )
    differs = serializers.BooleanField(
        default=False, help_text="You have looked at the sheets of a like name; this one differs."
    )


class SheetInput(SheetCorrection):
    """A sheet to propose; `supplier` is needed only by people of several companies."""

    category = serializers.SlugRelatedField(slug_field="slug", queryset=Category.objects.all())
    supplier = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Supplier.objects.none(), required=False
    )

    def get_fields(self):
        fields = super().get_fields()
        if user := asking(self):
            fields["supplier"].queryset = Supplier.objects.filter(members__user=user)
        return fields

    def validate(self, attrs):
        """Without `supplier`: the one company that the person belongs to."""
        if "supplier" not in attrs:
            own = list(self.fields["supplier"].queryset.order_by("pk")[:2])
            if len(own) != 1:
                self.fields["supplier"].fail("required")
            attrs["supplier"] = own[0]
        return {"attributes": {}, **attrs}


class SheetReasonInput(serializers.Serializer):
    reason_text = serializers.CharField(max_length=2000)


class SheetMergeInput(serializers.Serializer):
    into = serializers.SlugRelatedField(
        slug_field="slug", queryset=Product.objects.filter(is_active=True)
    )


class SheetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Proposed sheets: a company's own; for the ministry all."""

    serializer_class = SheetOutput
    lookup_field = "slug"
    queryset = Product.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Product.objects.none()
        own = Product.objects.proposals(self.request.user)
        return own.select_related("category", "proposed_for", "merged_into").order_by(
            "-proposed_at", "-pk"
        )

    @extend_schema(request=SheetInput, responses={201: SheetOutput})
    def create(self, request):
        """Propose a sheet; 409 with attr `differs` names sheets that may be the same."""
        values = self._validated(SheetInput)
        sheet = operations.propose_sheet(values.pop("supplier"), by=request.user, **values)
        return Response(SheetOutput(sheet).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=SheetCorrection, responses=SheetOutput)
    def partial_update(self, request, slug=None):
        """Correct what the ministry asked for and propose the sheet again."""
        sheet = self.get_object()
        values = self._validated(SheetCorrection, partial=True)
        sheet = operations.propose_sheet_again(sheet, by=request.user, **values)
        return Response(SheetOutput(sheet).data)

    @extend_schema(request=None, responses=SheetOutput)
    @action(detail=True, methods=["post"])
    def accept(self, request, slug=None):
        """Make it public; for reviewers."""
        return self._done(operations.accept_sheet(self.get_object(), by=request.user))

    @extend_schema(request=SheetReasonInput, responses=SheetOutput)
    @action(detail=True, methods=["post"])
    def refuse(self, request, slug=None):
        """Refuse it for good; for reviewers."""
        sheet, values = self.get_object(), self._validated(SheetReasonInput)
        return self._done(operations.refuse_sheet(sheet, by=request.user, **values))

    @extend_schema(request=SheetReasonInput, responses=SheetOutput)
    @action(detail=True, methods=["post"])
    def request_changes(self, request, slug=None):
        """Ask its company to correct it; for reviewers."""
        sheet, values = self.get_object(), self._validated(SheetReasonInput)
        return self._done(operations.request_sheet_changes(sheet, by=request.user, **values))

    @extend_schema(request=SheetMergeInput, responses=SheetOutput)
    @action(detail=True, methods=["post"])
    def merge(self, request, slug=None):
        """Merge it into the sheet `into`, which is returned; for reviewers."""
        sheet, values = self.get_object(), self._validated(SheetMergeInput)
        return self._done(operations.merge_sheet(sheet, by=request.user, **values))

    def _validated(self, kind, **options):
        given = kind(data=self.request.data, context=self.get_serializer_context(), **options)
        given.is_valid(raise_exception=True)
        return given.validated_data

    @staticmethod
    def _done(sheet):
        return Response(SheetOutput(sheet).data)
