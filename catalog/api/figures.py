from rest_framework import serializers


class SupplyOutput(serializers.Serializer):
    """What reaches one department."""

    department = serializers.CharField(source="department.code")
    sheets = serializers.IntegerField()
    units = serializers.IntegerField(allow_null=True, help_text="Null for who sees no stock.")


class CountsOutput(serializers.Serializer):
    """Exact numbers of sheets; a category counts its own sheets, not those below it."""

    total = serializers.IntegerField()
    by_value = serializers.DictField(
        child=serializers.DictField(child=serializers.IntegerField()),
        help_text="By facet (as the filters are named) and value; lead_time and distance by the "
        "first step that holds the sheet. Categories by key.",
    )
