"""One serializer per audience: what a rival or a buyer must not know is not in theirs at all."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.availability import earliest_delivery
from catalog.checks import MAX_TIERS, Tier
from catalog.enums import Blocker
from catalog.models import Offer, PriceTier, Product
from catalog.promises import promises
from catalog.remedies import reasons_of
from core.places import regions
from core.units import MAX_UNITS
from suppliers.models import Certificate, Supplier


REGION_CODES = sorted(regions())


class TierOutput(serializers.ModelSerializer):
    """From how many units of one order line on each unit costs less."""

    class Meta:
        model = PriceTier
        fields = ["from_units", "unit_price_eur"]
        read_only_fields = fields


class TierInput(serializers.Serializer):
    from_units = serializers.IntegerField(min_value=2, max_value=MAX_UNITS)
    unit_price_eur = serializers.DecimalField(max_digits=12, decimal_places=4)

    def to_internal_value(self, data):
        return Tier(**super().to_internal_value(data))


class PromiseOutput(serializers.Serializer):
    """Units declared for an ISO week, and what can be promised in all by its end."""

    week = serializers.CharField(help_text="ISO 8601: 2026-W49.")
    units = serializers.IntegerField()
    total_units = serializers.IntegerField()
    delivered_from = serializers.DateField()


class PromisesMixin(serializers.Serializer):
    promises = serializers.SerializerMethodField(
        help_text="Stock of today and declared production by week; only stock can be ordered."
    )

    @extend_schema_field(PromiseOutput(many=True))
    def get_promises(self, offer):
        return PromiseOutput(promises(offer, day=timezone.localdate()), many=True).data


class BuyerOffer(PromisesMixin, serializers.ModelSerializer):
    """What an approved buyer sees."""

    product = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    supplier = serializers.CharField(source="supplier.name", read_only=True)
    available_units = serializers.IntegerField(read_only=True)
    is_donation = serializers.BooleanField(read_only=True)
    smallest_order_units = serializers.IntegerField(read_only=True)
    earliest_delivery = serializers.SerializerMethodField()
    tiers = TierOutput(many=True, read_only=True)
    standard = serializers.CharField(source="product.standard", read_only=True)

    class Meta:
        model = Offer
        fields = [
            "public_id",
            "product",
            "supplier",
            "unit_price_eur",
            "is_donation",
            "tiers",
            "available_units",
            "promises",
            "pack_units",
            "smallest_order_units",
            "max_per_buyer_units",
            "lead_time_days",
            "earliest_delivery",
            "departments",
            "available_until",
            "standard",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DateField())
    def get_earliest_delivery(self, offer):
        return earliest_delivery(offer, day=timezone.localdate())


class BlockerOutput(serializers.Serializer):
    """Why an offer is not on sale."""

    code = serializers.ChoiceField(Blocker.choices)
    reason = serializers.CharField(help_text="In the language asked for.")
    remedy = serializers.CharField(help_text="What takes the reason away.")
    fields = serializers.ListField(
        child=serializers.CharField(), help_text="The fields of the offer that it concerns."
    )


class SupplierOffer(PromisesMixin, serializers.ModelSerializer):
    """What the supplier itself and the ministry see."""

    product = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    supplier = serializers.SlugRelatedField(slug_field="public_id", read_only=True)
    certificate = serializers.SlugRelatedField(slug_field="public_id", read_only=True)
    available_units = serializers.IntegerField(read_only=True)
    is_donation = serializers.BooleanField(read_only=True)
    tiers = TierOutput(many=True, read_only=True)
    is_low = serializers.BooleanField(
        read_only=True, help_text="Less is available than `low_stock_units`."
    )
    blockers = serializers.SerializerMethodField(help_text="Why it does not sell; empty: it does.")

    class Meta:
        model = Offer
        fields = [
            "public_id",
            "product",
            "supplier",
            "supplier_reference",
            "status",
            "blockers",
            "unit_price_eur",
            "is_donation",
            "tiers",
            "on_hand_units",
            "reserved_units",
            "in_lots_units",
            "available_units",
            "promises",
            "pack_units",
            "min_order_units",
            "max_per_buyer_units",
            "low_stock_units",
            "is_low",
            "stock_confirmed_on",
            "lead_time_days",
            "departments",
            "available_from",
            "available_until",
            "certificate",
            "created_at",
            "updated_at",
        ]
        read_only_fields = fields

    @extend_schema_field(BlockerOutput(many=True))
    def get_blockers(self, offer):
        rules = self.context["rules"]
        return BlockerOutput(reasons_of(offer, day=rules.day, rules=rules), many=True).data


def asking(serializer):
    """Who sent the request; nobody while the API's description is made."""
    request = serializer.context.get("request")
    return request.user if request and request.user.is_authenticated else None


class TermsInput(serializers.Serializer):
    """The terms of an offer; those that are left out stay as they are."""

    unit_price_eur = serializers.DecimalField(max_digits=12, decimal_places=4, min_value=0)
    tiers = TierInput(
        many=True,
        required=False,
        max_length=MAX_TIERS,
        help_text="All of them, the smallest quantity first; an empty list takes them away.",
    )
    supplier_reference = serializers.CharField(max_length=60, allow_blank=True, required=False)
    pack_units = serializers.IntegerField(min_value=1, max_value=MAX_UNITS, required=False)
    min_order_units = serializers.IntegerField(min_value=1, max_value=MAX_UNITS, required=False)
    max_per_buyer_units = serializers.IntegerField(
        min_value=1, max_value=MAX_UNITS, required=False, allow_null=True
    )
    low_stock_units = serializers.IntegerField(
        min_value=1,
        max_value=MAX_UNITS,
        required=False,
        allow_null=True,
        help_text="You are told once when less than this is available; null: never.",
    )
    lead_time_days = serializers.IntegerField(min_value=0, max_value=365, required=False)
    departments = serializers.ListField(
        child=serializers.CharField(max_length=3), required=False, max_length=120
    )
    regions = serializers.ListField(
        child=serializers.ChoiceField(REGION_CODES),
        required=False,
        help_text="INSEE codes; stand for their departments, beside those of `departments`.",
    )
    available_from = serializers.DateField(required=False, allow_null=True)
    available_until = serializers.DateField(
        required=False, allow_null=True, help_text="The last day of sale, included."
    )
    certificate = serializers.SlugRelatedField(
        slug_field="public_id",
        queryset=Certificate.objects.none(),
        required=False,
        allow_null=True,
    )

    def get_fields(self):
        """Ids in the body are looked up among what the person may see."""
        fields = super().get_fields()
        user = asking(self)
        if user:
            fields["certificate"].queryset = Certificate.objects.visible_to(user)
        return fields

    def validate(self, attrs):
        """Regions become their departments."""
        if "regions" in attrs:
            served = [place.code for code in attrs.pop("regions") for place in regions()[code]]
            attrs["departments"] = list(dict.fromkeys(attrs.get("departments", []) + served))
        return attrs


class OfferInput(TermsInput):
    """A new offer; `supplier` is needed only by people of several companies."""

    product = serializers.SlugRelatedField(slug_field="slug", queryset=Product.objects.none())
    supplier = serializers.SlugRelatedField(
        slug_field="public_id", queryset=Supplier.objects.none(), required=False
    )
    on_hand_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS, default=0)

    def get_fields(self):
        fields = super().get_fields()
        user = asking(self)
        if user:
            fields["product"].queryset = Product.objects.open_to(user)
            fields["supplier"].queryset = Supplier.objects.filter(members__user=user)
        return fields

    def validate(self, attrs):
        """Without `supplier`: the one company that the person belongs to."""
        attrs = super().validate(attrs)
        if "supplier" not in attrs:
            own = list(self.fields["supplier"].queryset[:2])
            if len(own) != 1:
                self.fields["supplier"].fail("required")
            attrs["supplier"] = own[0]
        return attrs
