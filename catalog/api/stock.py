"""What machines say and read about stock."""

from rest_framework import serializers

from catalog.models import StockMovement
from core.units import MAX_UNITS


class StockInput(serializers.Serializer):
    on_hand_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS)
    expected_on_hand_units = serializers.IntegerField(
        min_value=0,
        required=False,
        allow_null=True,
        default=None,
        help_text="What you believed the stock to be; another value is refused with 409.",
    )


class StockMovementOutput(serializers.ModelSerializer):
    offer = serializers.SlugRelatedField(slug_field="public_id", read_only=True)

    class Meta:
        model = StockMovement
        fields = ["offer", "delta_on_hand_units", "delta_reserved_units", "reason", "at"]
        read_only_fields = fields


class ConfirmInput(serializers.Serializer):
    """Which offers; none named: all of one's own that are not withdrawn."""

    offers = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, max_length=1000
    )


class ConfirmOutput(serializers.Serializer):
    confirmed = serializers.IntegerField(help_text="How many offers.")
