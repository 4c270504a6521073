"""What goes in and what comes out; related ids are resolved within what the caller may see."""

from rest_framework import serializers

from buyers.models import Site
from catalog.models import Offer, Product
from core.units import MAX_UNITS
from orders.models import (
    AllocationRound,
    Explanation,
    Order,
    OrderLine,
    Shipment,
    ShipmentLine,
    SupplierOrder,
    SupplierOrderLine,
)


class VisibleSlug(serializers.SlugRelatedField):
    """A related object by its public name, found only among what the caller may see."""

    def __init__(self, model, **kwargs):
        self.model = model
        super().__init__(queryset=model.objects.none(), **kwargs)

    def get_queryset(self):
        request = self.context.get("request")
        return self.model.objects.visible_to(request.user) if request else super().get_queryset()


class ExplanationOutput(serializers.ModelSerializer):
    round = serializers.IntegerField(source="round_id", allow_null=True)
    limit_text = serializers.CharField(source="get_limit_display")

    class Meta:
        model = Explanation
        fields = [
            "round",
            "at",
            "limit",
            "limit_text",
            "tier",
            "asked_units",
            "need_units",
            "target_units",
            "received_units",
            "reachable_units",
            "peers",
            "peer_fill_pct",
            "extra_units",
            "would_receive_units",
        ]


class LineOutput(serializers.ModelSerializer):
    product = serializers.SlugRelatedField("slug", read_only=True)
    offer = serializers.SlugRelatedField("public_id", read_only=True)

    class Meta:
        model = OrderLine
        fields = [
            "position",
            "product",
            "offer",
            "requested_units",
            "min_useful_units",
            "needed_by",
            "max_unit_price_eur",
            "waits_for_round",
            "allocated_units",
            "accepted_units",
            "shipped_units",
            "received_units",
            "canceled_units",
        ]


class OrderOutput(serializers.ModelSerializer):
    buyer = serializers.SlugRelatedField("public_id", read_only=True)
    site = serializers.SlugRelatedField("public_id", read_only=True)
    lines = LineOutput(many=True, read_only=True)

    class Meta:
        model = Order
        fields = [
            "number",
            "status",
            "buyer",
            "site",
            "purchase_order",
            "submitted_at",
            "closed_at",
            "lines",
        ]


class ExplainedLineOutput(LineOutput):
    explanations = ExplanationOutput(
        many=True, read_only=True, help_text="Why it got what it got, newest first."
    )

    class Meta(LineOutput.Meta):
        fields = [*LineOutput.Meta.fields, "explanations"]


class ExplainedOrderOutput(OrderOutput):
    lines = ExplainedLineOutput(many=True, read_only=True)


class LineInput(serializers.Serializer):
    product = VisibleSlug(Product, slug_field="slug")
    offer = VisibleSlug(Offer, slug_field="public_id", required=False, allow_null=True)
    requested_units = serializers.IntegerField(min_value=1, max_value=MAX_UNITS)
    min_useful_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS, required=False)
    needed_by = serializers.DateField(required=False, allow_null=True)
    max_unit_price_eur = serializers.DecimalField(
        max_digits=12, decimal_places=4, required=False, allow_null=True
    )
    substitutes = VisibleSlug(Product, slug_field="slug", many=True, required=False)


class OrderInput(serializers.Serializer):
    site = VisibleSlug(Site, slug_field="public_id")
    purchase_order = serializers.CharField(max_length=60, required=False, allow_blank=True)
    lines = LineInput(many=True, allow_empty=False)


class WhyInput(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class SupplierLineOutput(serializers.ModelSerializer):
    product = serializers.SlugRelatedField("slug", source="offer.product", read_only=True)
    offer = serializers.SlugRelatedField("public_id", read_only=True)

    class Meta:
        model = SupplierOrderLine
        fields = [
            "id",
            "product",
            "offer",
            "unit_price_eur",
            "vat_rate_pct",
            "units",
            "accepted_units",
            "shipped_units",
            "received_units",
        ]


class SupplierOrderOutput(serializers.ModelSerializer):
    order = serializers.SlugRelatedField("number", read_only=True)
    supplier = serializers.SlugRelatedField("public_id", read_only=True)
    buyer = serializers.CharField(source="order.buyer.name", read_only=True)
    deliver_to = serializers.SerializerMethodField()
    lines = SupplierLineOutput(many=True, read_only=True)

    class Meta:
        model = SupplierOrder
        fields = [
            "number",
            "order",
            "supplier",
            "buyer",
            "deliver_to",
            "status",
            "accept_by",
            "refusal_reason",
            "lines",
        ]

    def get_deliver_to(self, part) -> str:
        site = part.order.site
        return f"{site.name}, {site.street}, {site.postcode} {site.city}"


class AcceptedLineInput(serializers.Serializer):
    id = serializers.IntegerField()
    units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS)


class AcceptInput(serializers.Serializer):
    lines = AcceptedLineInput(many=True, allow_empty=False)


class PackedInput(serializers.Serializer):
    id = serializers.IntegerField(help_text="The supplier order line.")
    lot_number = serializers.CharField(max_length=40)
    units = serializers.IntegerField(min_value=1, max_value=MAX_UNITS)
    expires_on = serializers.DateField(required=False, allow_null=True)


class ShipInput(serializers.Serializer):
    carrier = serializers.CharField(max_length=60)
    tracking_number = serializers.CharField(max_length=60, required=False, allow_blank=True)
    parcels = serializers.IntegerField(min_value=1, max_value=10_000, required=False)
    lines = PackedInput(many=True, allow_empty=False)


class ShipmentLineOutput(serializers.ModelSerializer):
    product = serializers.CharField(source="supplier_line.offer.product.slug", read_only=True)

    class Meta:
        model = ShipmentLine
        fields = ["id", "product", "lot_number", "expires_on", "units"]


class ShipmentOutput(serializers.ModelSerializer):
    supplier_order = serializers.SlugRelatedField("number", read_only=True)
    lines = ShipmentLineOutput(many=True, read_only=True)

    class Meta:
        model = Shipment
        fields = [
            "number",
            "supplier_order",
            "carrier",
            "tracking_number",
            "parcels",
            "shipped_at",
            "lines",
        ]


class ReceivedLineInput(serializers.Serializer):
    id = serializers.IntegerField()
    received_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS)
    refused_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS, required=False)


class ReceiveInput(serializers.Serializer):
    lines = ReceivedLineInput(many=True, allow_empty=False)
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


class RoundOutput(serializers.ModelSerializer):
    policy = serializers.CharField(source="policy.name", read_only=True)

    class Meta:
        model = AllocationRound
        fields = [
            "id",
            "status",
            "trigger",
            "policy",
            "opened_at",
            "committed_at",
            "snapshot_sha256",
            "result_sha256",
            "lines_count",
            "wanted_units",
            "allocated_units",
            "failure",
        ]
