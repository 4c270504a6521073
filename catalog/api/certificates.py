"""Which product sheets a certificate names; the certificates themselves are the companies'."""

import django_filters
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from catalog import operations
from catalog.api.serializers import asking
from catalog.models import Product
from catalog.operations.naming import MAX_NAMED
from suppliers.enums import ProofStatus
from suppliers.models import Certificate


class NamingOutput(serializers.ModelSerializer):
    supplier = serializers.SlugRelatedField("public_id", read_only=True)
    status = serializers.ChoiceField(ProofStatus.choices, read_only=True)
    products = serializers.SerializerMethodField(
        help_text="Slugs of the sheets that it names; none: every sheet of its standard."
    )

    class Meta:
        model = Certificate
        fields = [
            "public_id",
            "supplier",
            "standard",
            "standard_class",
            "scope",
            "expires_on",
            "status",
            "products",
        ]
        read_only_fields = fields

    def get_products(self, certificate) -> list[str]:
        return [each.product.slug for each in certificate.named_sheets.all()]


class NamingInput(serializers.Serializer):
    """All sheets that it names from now on; an empty list: every sheet of its standard."""

    products = serializers.ListField(
        child=serializers.CharField(max_length=80), max_length=MAX_NAMED, help_text="Slugs."
    )

    def validate_products(self, slugs):
        """The sheets by these slugs, of those that the person may see."""
        found = Product.objects.open_to(asking(self)).in_bulk(set(slugs), field_name="slug")
        unknown = sorted(set(slugs) - found.keys())
        if unknown:
            raise serializers.ValidationError(
                _("No sheet has this address: %(slugs)s.") % {"slugs": ", ".join(unknown)}
            )
        return list(found.values())


class OfSupplier(django_filters.FilterSet):
    supplier = django_filters.UUIDFilter("supplier__public_id")


class CertificateViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Certificates of one's own company, for the ministry all, with the products they name."""

    serializer_class = NamingOutput
    filterset_class = OfSupplier
    lookup_field = "public_id"
    queryset = Certificate.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Certificate.objects.none()
        own = Certificate.objects.visible_to(self.request.user)
        return own.select_related("supplier").prefetch_related("named_sheets__product")

    @extend_schema(request=NamingInput, responses=NamingOutput)
    @action(detail=True, methods=["post"], url_path="name-products")
    def name_products(self, request, public_id=None):
        """Say which sheets it proves; a reviewer looks at it again."""
        return self._carry_out(operations.name_sheets)

    @extend_schema(request=NamingInput, responses=NamingOutput)
    @action(detail=True, methods=["post"], url_path="correct-products")
    def correct_products(self, request, public_id=None):
        """Correct the sheets that it names; for reviewers."""
        return self._carry_out(operations.correct_sheets)

    def _carry_out(self, act):
        certificate = self.get_object()
        given = NamingInput(data=self.request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        act(certificate, by=self.request.user, **given.validated_data)
        return Response(self.get_serializer(self.get_object()).data)
