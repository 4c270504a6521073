"""Stock counts for machines, through the operation of the page."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.response import Response

from catalog.enums import COUNT_REASONS, StockReason
from catalog.models import Lot, Offer
from catalog.operations import Counted
from core.units import MAX_UNITS
from orders import operations


class PlaceInput(serializers.Serializer):
    """One lot of the offer, or, without `lot`, what stands outside of lots."""

    lot = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Lot.objects.none(), required=False, allow_null=True
    )
    counted_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS)
    book_units = serializers.IntegerField(
        min_value=0,
        help_text="What the book said at the count: `left_units` of the lot, or the offer's "
        "`on_hand_units` less `in_lots_units`; 409 if it says something else now.",
    )
    reason = serializers.ChoiceField(
        [(each.value, each.label) for each in COUNT_REASONS],
        required=False,
        allow_null=True,
        help_text="Needed where counted and book differ.",
    )

    def get_fields(self):
        """Only a lot of one's own can be named."""
        fields = super().get_fields()
        fields["lot"].queryset = Lot.objects.filter(offer__in=own_offers(self))
        return fields

    def to_internal_value(self, data):
        given = super().to_internal_value(data)
        reason = given.pop("reason", None)
        return Counted(**given, reason=StockReason(reason) if reason else None)


class CountInput(serializers.Serializer):
    """What was counted of one offer; all places are recorded, or none."""

    offer = serializers.SlugRelatedField(slug_field="public_id", queryset=Offer.objects.none())
    places = PlaceInput(many=True, allow_empty=False, max_length=200)
    give_way = serializers.BooleanField(
        default=False,
        help_text="Where less was counted than is promised: the youngest promises are taken back.",
    )

    def get_fields(self):
        """Only an offer of one's own can be named."""
        fields = super().get_fields()
        fields["offer"].queryset = own_offers(self)
        return fields


class CountOutput(serializers.ModelSerializer):
    """The counters after the count."""

    offer = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Offer
        fields = ["offer", "on_hand_units", "reserved_units", "in_lots_units"]
        read_only_fields = fields


def own_offers(serializer):
    """The offers of the caller's companies; none while the API's description is made."""
    request = serializer.context.get("request")
    if not request or not request.user.is_authenticated:
        return Offer.objects.none()
    return Offer.objects.filter(supplier__in=request.user.supplier_memberships.values("supplier"))


class StockCountViewSet(viewsets.GenericViewSet):
    """Counts of one's own stock; each difference needs a reason."""

    serializer_class = CountOutput
    queryset = Offer.objects.none()

    @extend_schema(request=CountInput, responses=CountOutput)
    def create(self, request):
        """Record what was counted of one offer, lot by lot where it has lots."""
        given = CountInput(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = given.validated_data
        offer = operations.count_stock(
            values["offer"],
            by=request.user,
            places=values["places"],
            give_way=values["give_way"],
        )
        return Response(CountOutput(offer).data)
