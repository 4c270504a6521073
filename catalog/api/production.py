"""Weeks of production as machines declare them."""

import re
from datetime import date

from rest_framework import serializers

from core.units import MAX_UNITS


WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


class WeekField(serializers.CharField):
    """An ISO week, as its Monday."""

    default_error_messages = {"week": "Write a week as in 2026-W49."}

    def to_internal_value(self, data):
        found = WEEK.fullmatch(super().to_internal_value(data))
        try:
            return date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except (TypeError, ValueError):
            self.fail("week")


class WeekInput(serializers.Serializer):
    week = WeekField(help_text="ISO 8601: 2026-W49; the current one or of the half year after.")
    units = serializers.IntegerField(
        min_value=0, max_value=MAX_UNITS, help_text="0 takes the week away."
    )


class ProductionInput(serializers.Serializer):
    """Weeks that are left out stay as they are."""

    weeks = WeekInput(many=True, allow_empty=False, max_length=26)

    def validate_weeks(self, rows):
        return {row["week"]: row["units"] for row in rows}
