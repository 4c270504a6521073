"""Lots and shortfalls for machines, through the operations of the pages."""

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action

from catalog import operations as catalog
from catalog.models import Lot, Offer
from core.units import MAX_UNITS
from orders import operations
from orders.api.views import VisibleMixin
from orders.models import Shortfall, ShortfallPart


class LotOutput(serializers.ModelSerializer):
    offer = serializers.SlugRelatedField(slug_field="public_id", read_only=True)

    class Meta:
        model = Lot
        fields = [
            "public_id",
            "offer",
            "number",
            "made_on",
            "expires_on",
            "received_units",
            "left_units",
            "status",
            "status_reason",
            "received_at",
        ]
        read_only_fields = fields


class LotInput(serializers.Serializer):
    """A new lot; `counted`: its units are part of the stock already."""

    offer = serializers.SlugRelatedField(slug_field="public_id", queryset=Offer.objects.none())
    number = serializers.CharField(max_length=40)
    units = serializers.IntegerField(min_value=1, max_value=MAX_UNITS)
    made_on = serializers.DateField(required=False, allow_null=True)
    expires_on = serializers.DateField(required=False, allow_null=True)
    counted = serializers.BooleanField(default=False)

    def get_fields(self):
        """Only an offer of one's own can be named."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request and request.user.is_authenticated:
            seats = request.user.supplier_memberships.values("supplier")
            fields["offer"].queryset = Offer.objects.filter(supplier__in=seats)
        return fields


class HoldInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class ShortfallPartOutput(serializers.ModelSerializer):
    supplier_order = serializers.CharField(
        source="supplier_line.supplier_order.number", read_only=True
    )

    class Meta:
        model = ShortfallPart
        fields = ["supplier_order", "units"]
        read_only_fields = fields


class ShortfallOutput(serializers.ModelSerializer):
    offer = serializers.SlugRelatedField(slug_field="public_id", read_only=True)
    lot = serializers.SlugRelatedField(slug_field="number", read_only=True)
    parts = ShortfallPartOutput(many=True, read_only=True)

    class Meta:
        model = Shortfall
        fields = ["offer", "lot", "units", "at", "parts"]
        read_only_fields = fields


class LotViewSet(
    VisibleMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """The lots of one's own offers, first expired first."""

    serializer_class = LotOutput
    queryset = Lot.objects.none()
    lookup_field = "public_id"
    lookup_value_regex = "[0-9a-f-]{36}"

    def visible(self, rows):
        return rows.select_related("offer__supplier")

    @extend_schema(request=LotInput, responses={201: LotOutput})
    def create(self, request):
        """Record a lot: its units come on hand, unless they were counted already."""
        values = self.read(LotInput)
        lot = catalog.receive_lot(values.pop("offer"), by=request.user, **values)
        return self.answer(lot, status.HTTP_201_CREATED)

    @extend_schema(request=HoldInput)
    @action(detail=True, methods=["post"])
    def quarantine(self, request, public_id=None):
        """Take what is left off the stock; promises that no longer fit give way."""
        lot, reason = self.get_object(), self.read(HoldInput)["reason"]
        return self.answer(operations.quarantine_lot(lot, by=request.user, reason=reason))

    @extend_schema(request=HoldInput)
    @action(detail=True, methods=["post"])
    def recall(self, request, public_id=None):
        """For good; every buyer who was sent units of the lot is told."""
        lot, reason = self.get_object(), self.read(HoldInput)["reason"]
        return self.answer(operations.recall_lot(lot, by=request.user, reason=reason))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def release(self, request, public_id=None):
        """Out of quarantine: what is left may be sold again."""
        return self.answer(catalog.release_from_quarantine(self.get_object(), by=request.user))


class ShortfallViewSet(VisibleMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    """Promises that gave way because a lot was held back, newest first."""

    serializer_class = ShortfallOutput
    queryset = Shortfall.objects.none()

    def visible(self, rows):
        return rows.for_listing()
