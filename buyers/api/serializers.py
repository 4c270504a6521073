from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from buyers.checklist import missing
from buyers.enums import BuyerKind, BuyerRole
from buyers.models import Buyer, BuyerMember, Site


class BuyerInput(serializers.Serializer):
    """What a manager fills in; what the register knows is taken from there."""

    kind = serializers.ChoiceField(choices=BuyerKind.choices)
    finess = serializers.CharField(max_length=12, required=False, allow_blank=True)
    siret = serializers.CharField(max_length=20, required=False, allow_blank=True)
    name = serializers.CharField(max_length=200, required=False)
    group = serializers.CharField(max_length=100, required=False, allow_blank=True)
    street = serializers.CharField(max_length=200, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=6, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    department = serializers.CharField(max_length=3, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    beds = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    icu_beds = serializers.IntegerField(min_value=0, max_value=100_000, required=False)
    staff = serializers.IntegerField(min_value=0, max_value=1_000_000, required=False)


class BuyerListOutput(serializers.ModelSerializer):
    class Meta:
        model = Buyer
        fields = [
            "public_id",
            "name",
            "kind",
            "finess",
            "legal_entity_finess",
            "siret",
            "siret_check",
            "group",
            "street",
            "postcode",
            "city",
            "department",
            "phone",
            "beds",
            "icu_beds",
            "staff",
            "status",
            "reason_code",
            "reason_text",
            "created_at",
            "submitted_at",
            "decided_at",
        ]
        read_only_fields = fields


class BuyerOutput(BuyerListOutput):
    """One file, with what it still lacks."""

    missing = serializers.SerializerMethodField()

    class Meta(BuyerListOutput.Meta):
        fields = [*BuyerListOutput.Meta.fields, "missing"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, buyer):
        return [text for text, _url_name in missing(buyer)]


class SiteInput(serializers.Serializer):
    name = serializers.CharField(max_length=200)
    finess = serializers.CharField(max_length=12, required=False, allow_blank=True)
    street = serializers.CharField(max_length=200)
    postcode = serializers.CharField(max_length=6)
    city = serializers.CharField(max_length=100)
    department = serializers.CharField(max_length=3, required=False, allow_blank=True)
    instructions = serializers.CharField(max_length=200, required=False, allow_blank=True)


class NewSiteInput(SiteInput):
    buyer = serializers.UUIDField(help_text="public_id of a buyer of yours")


class SiteOutput(serializers.ModelSerializer):
    buyer = serializers.SlugRelatedField(slug_field="public_id", read_only=True)

    class Meta:
        model = Site
        fields = [
            "public_id",
            "buyer",
            "name",
            "finess",
            "street",
            "postcode",
            "city",
            "department",
            "instructions",
        ]
        read_only_fields = fields


class MemberInput(serializers.Serializer):
    user_email = serializers.EmailField()
    role = serializers.ChoiceField(choices=BuyerRole.choices)
    order_limit_eur = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=0, required=False, allow_null=True
    )


class RemovalInput(serializers.Serializer):
    user_email = serializers.EmailField()


class MemberOutput(serializers.ModelSerializer):
    user_email = serializers.EmailField(source="user.email", read_only=True)
    full_name = serializers.CharField(source="user.full_name", read_only=True)

    class Meta:
        model = BuyerMember
        fields = ["user_email", "full_name", "role", "order_limit_eur"]
        read_only_fields = fields
