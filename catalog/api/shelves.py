"""The public part of the catalogue: shelves, what they ask for, and product sheets."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Attribute, Category, Product


class ChoiceOutput(serializers.Serializer):
    value = serializers.CharField()
    label = serializers.CharField()
    label_en = serializers.CharField()


class AttributeOutput(serializers.ModelSerializer):
    choices = ChoiceOutput(many=True, read_only=True)
    is_column = serializers.BooleanField(
        read_only=True, help_text="The value is a field of the sheet itself, not of `attributes`."
    )

    class Meta:
        model = Attribute
        fields = [
            "key",
            "name",
            "name_en",
            "kind",
            "unit",
            "choices",
            "is_required",
            "least",
            "most",
            "is_column",
        ]
        read_only_fields = fields


class CategoryOutput(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    attributes = serializers.SerializerMethodField(
        help_text="What its sheets are asked for, inherited properties included."
    )

    class Meta:
        model = Category
        fields = ["slug", "name", "name_en", "parent", "trade", "attributes"]
        read_only_fields = fields

    @extend_schema_field(AttributeOutput(many=True))
    def get_attributes(self, category):
        return AttributeOutput(self.context["attributes"][category.pk], many=True).data


class ProductOutput(serializers.ModelSerializer):
    category = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    is_offered = serializers.BooleanField(
        read_only=True, help_text="A vetted supplier has it on sale."
    )

    class Meta:
        model = Product
        fields = [
            "slug",
            "name",
            "name_en",
            "description",
            "category",
            "kind",
            "standard",
            "standard_class",
            "un_number",
            "hazard_class",
            "packing_group",
            "container_ml",
            "dispenser",
            "has_valve",
            "unit_name",
            "cpv",
            "gtin",
            "attributes",
            "managed",
            "weekly_units_per_bed",
            "weekly_units_per_carer",
            "is_offered",
        ]
        read_only_fields = fields
