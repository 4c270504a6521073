"""Safety data sheets and photos: public once accepted, handed in and decided on by token."""

import django_filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.permissions import IsAuthenticatedOrReadOnly
from rest_framework.response import Response
from rest_framework.reverse import reverse

from catalog import operations
from catalog.api.serializers import asking
from catalog.enums import SheetFileKind
from catalog.models import Product, SheetFile
from suppliers.enums import ProofStatus
from suppliers.models import Supplier


class SheetFileOutput(serializers.ModelSerializer):
    product = serializers.SlugRelatedField("slug", read_only=True)
    status = serializers.ChoiceField(ProofStatus.choices, read_only=True)
    url = serializers.SerializerMethodField(help_text="Where the file itself is.")

    class Meta:
        model = SheetFile
        fields = [
            "public_id",
            "product",
            "kind",
            "alt",
            "original_name",
            "content_type",
            "size_bytes",
            "sha256",
            "status",
            "reason_text",
            "url",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.URLField())
    def get_url(self, file):
        request = self.context.get("request")
        return reverse("catalog:sheet_file", args=[file.public_id], request=request)


class SheetFileInput(serializers.Serializer):
    product = serializers.SlugRelatedField("slug", queryset=Product.objects.none())
    supplier = serializers.SlugRelatedField("public_id", queryset=Supplier.objects.none())
    kind = serializers.ChoiceField(SheetFileKind.choices)
    upload = serializers.FileField(allow_empty_file=True)
    alt = serializers.CharField(
        max_length=200, required=False, help_text="What a photo shows; needed for photos."
    )

    def get_fields(self):
        """Sheets that the person may see, for a company of its own."""
        fields = super().get_fields()
        if user := asking(self):
            fields["product"].queryset = Product.objects.open_to(user)
            fields["supplier"].queryset = Supplier.objects.filter(members__user=user)
        return fields


class RefusedFileInput(serializers.Serializer):
    reason_text = serializers.CharField(max_length=500)


class OfProduct(django_filters.FilterSet):
    product = django_filters.CharFilter("product__slug", max_length=80)
    kind = django_filters.ChoiceFilter(choices=SheetFileKind.choices)


class SheetFileViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Files of product sheets: accepted ones for all, a company's own, for the ministry all."""

    permission_classes = [IsAuthenticatedOrReadOnly]
    serializer_class = SheetFileOutput
    filterset_class = OfProduct
    lookup_field = "public_id"
    parser_classes = [MultiPartParser, JSONParser]
    queryset = SheetFile.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return SheetFile.objects.none()
        return SheetFile.objects.visible_to(self.request.user).select_related("product")

    @extend_schema(
        request={"multipart/form-data": SheetFileInput}, responses={201: SheetFileOutput}
    )
    def create(self, request):
        """Hand in a PDF or a picture (multipart); a reviewer looks at it."""
        values = self._validated(SheetFileInput)
        found = operations.hand_in_file(values.pop("product"), by=request.user, **values)
        return Response(self.get_serializer(found).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=SheetFileOutput)
    @action(detail=True, methods=["post"])
    def accept(self, request, public_id=None):
        """Make it public; for reviewers."""
        found = operations.accept_file(self.get_object(), by=request.user)
        return Response(self.get_serializer(found).data)

    @extend_schema(request=RefusedFileInput, responses=SheetFileOutput)
    @action(detail=True, methods=["post"])
    def refuse(self, request, public_id=None):
        """Refuse it; for reviewers."""
        values = self._validated(RefusedFileInput)
        found = operations.refuse_file(self.get_object(), by=request.user, **values)
        return Response(self.get_serializer(found).data)

    def _validated(self, kind):
        given = kind(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        return given.validated_data
