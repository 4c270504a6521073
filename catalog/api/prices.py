"""Prices to come and the history of prices; rivals and buyers see neither."""

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from catalog import operations
from catalog.api.serializers import TierInput
from catalog.checks import MAX_TIERS
from catalog.models import Offer, PriceChange, ScheduledPrice


class WrittenTierOutput(serializers.Serializer):
    from_units = serializers.IntegerField()
    unit_price_eur = serializers.DecimalField(max_digits=12, decimal_places=4)

    def to_representation(self, pair):
        """A pair as the database keeps it."""
        return super().to_representation(dict(zip(self.fields, pair, strict=True)))


class ScheduledPriceOutput(serializers.ModelSerializer):
    offer = serializers.SlugRelatedField("public_id", read_only=True)
    tiers = WrittenTierOutput(
        many=True, allow_null=True, read_only=True, help_text="Null: those of the offer stay."
    )

    class Meta:
        model = ScheduledPrice
        fields = [
            "public_id",
            "offer",
            "takes_effect_on",
            "unit_price_eur",
            "tiers",
            "status",
            "refusal",
            "warning",
            "set_at",
            "decided_at",
        ]
        read_only_fields = fields


class ScheduledPriceInput(serializers.Serializer):
    """A price from a day to come on; `tiers` left out: those of the offer stay."""

    offer = serializers.SlugRelatedField("public_id", queryset=Offer.objects.none())
    takes_effect_on = serializers.DateField(help_text="Tomorrow or later; from midnight in Paris.")
    unit_price_eur = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0)
    tiers = TierInput(many=True, required=False, max_length=MAX_TIERS)

    def get_fields(self):
        """Only an offer of one's own can be named."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request and request.user.is_authenticated:
            seats = request.user.supplier_memberships.values("supplier")
            fields["offer"].queryset = Offer.objects.filter(supplier__in=seats)
        return fields


class PriceChangeOutput(serializers.ModelSerializer):
    offer = serializers.SlugRelatedField("public_id", read_only=True)
    by = serializers.CharField(source="by.full_name", allow_null=True, read_only=True)
    scheduled = serializers.SlugRelatedField("public_id", read_only=True)
    before_tiers = WrittenTierOutput(many=True, read_only=True)
    after_tiers = WrittenTierOutput(many=True, read_only=True)

    class Meta:
        model = PriceChange
        fields = [
            "offer",
            "at",
            "by",
            "scheduled",
            "before_eur",
            "after_eur",
            "before_tiers",
            "after_tiers",
        ]
        read_only_fields = fields


class OfOffer(django_filters.FilterSet):
    offer = django_filters.UUIDFilter("offer__public_id")


class ScheduledPriceViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Prices to come of one's own offers, and what became of earlier ones."""

    serializer_class = ScheduledPriceOutput
    filterset_class = OfOffer
    lookup_field = "public_id"
    queryset = ScheduledPrice.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return ScheduledPrice.objects.none()
        own = ScheduledPrice.objects.visible_to(self.request.user)
        return own.select_related("offer").order_by("-takes_effect_on", "-pk")

    @extend_schema(request=ScheduledPriceInput, responses={201: ScheduledPriceOutput})
    def create(self, request):
        """Enter a price; it is held against the ceilings of its day."""
        given = ScheduledPriceInput(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = given.validated_data
        scheduled = operations.schedule_price(values.pop("offer"), by=request.user, **values)
        return Response(ScheduledPriceOutput(scheduled).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=ScheduledPriceOutput)
    @action(detail=True, methods=["post"])
    def cancel(self, request, public_id=None):
        """Take it back, until the evening before its day."""
        scheduled = operations.cancel_price(self.get_object(), by=request.user)
        return Response(ScheduledPriceOutput(scheduled).data)


class PriceChangeViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """Who changed the prices of one's own offers, when, from what to what; newest first."""

    serializer_class = PriceChangeOutput
    filterset_class = OfOffer
    queryset = PriceChange.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return PriceChange.objects.none()
        own = PriceChange.objects.visible_to(self.request.user)
        return own.select_related("offer", "by", "scheduled").order_by("-pk")
