"""The stock table for machines: many rows in one request, each judged on its own."""

from collections import Counter

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from catalog import operations
from core.errors import DomainError, Duplicate
from core.units import MAX_UNITS


NOT_FOUND = "not_found"
ROW_COUNTS = ("on_hand_units", "expected_on_hand_units")
MOST_ROWS = 1000


class StockRowInput(serializers.Serializer):
    """One row of the stock table; what is left out stays as it is."""

    offer = serializers.UUIDField()
    on_hand_units = serializers.IntegerField(min_value=0, max_value=MAX_UNITS, required=False)
    expected_on_hand_units = serializers.IntegerField(
        min_value=0,
        required=False,
        allow_null=True,
        help_text="What you believed the stock to be; the row is refused if it is another.",
    )
    unit_price_eur = serializers.DecimalField(
        max_digits=12, decimal_places=4, min_value=0, required=False
    )
    lead_time_days = serializers.IntegerField(min_value=0, max_value=365, required=False)

    def row(self, offer):
        """The checked row as `operations.revise_all` takes it."""
        given = dict(self.validated_data)
        del given["offer"]
        counts = {name: given.pop(name) for name in ROW_COUNTS if name in given}
        return {"offer": offer, **counts, "terms": given}


class StockSheetInput(serializers.Serializer):
    """At most 1,000 rows."""

    rows = serializers.ListField(
        child=serializers.DictField(), allow_empty=False, max_length=MOST_ROWS
    )


@extend_schema_serializer(component_name="StockSheetInput")
class StockSheetShape(serializers.Serializer):
    """`StockSheetInput` as the description shows it; each row is judged on its own."""

    rows = StockRowInput(many=True, max_length=MOST_ROWS)


class StockRowOutput(serializers.Serializer):
    """What became of one row, in the order in which they were sent."""

    offer = serializers.CharField()
    result = serializers.ChoiceField(["saved", "unchanged", "refused"])
    code = serializers.CharField(help_text="Why it was refused, for machines; else empty.")
    attr = serializers.CharField(help_text="The column that is wrong; empty: the whole row.")
    detail = serializers.CharField(help_text="Why it was refused, and the remedy; else empty.")


class StockSheetOutput(serializers.Serializer):
    saved = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = StockRowOutput(many=True)


def revise(rows, *, own, by):
    """One answer per row, in their order; `own` are the offers that the person may change."""
    read = [StockRowInput(data=row) for row in rows]
    named = [row.validated_data["offer"] if row.is_valid() else None for row in read]
    times = Counter(named)
    offers = {offer.public_id: offer for offer in own.filter(public_id__in=set(named) - {None})}
    refusals = [
        _refusal(row, offers.get(key), times[key]) for row, key in zip(read, named, strict=True)
    ]
    good = [
        row.row(offers[key])
        for row, key, refusal in zip(read, named, refusals, strict=True)
        if not refusal
    ]
    outcomes = iter(operations.revise_all(good, by=by))
    return [
        {
            "offer": str(row.initial_data.get("offer", "")),
            **(refusal or _told(next(outcomes))),
        }
        for row, refusal in zip(read, refusals, strict=True)
    ]


def _refusal(row, offer, times):
    """Why a row is not even tried; empty: it is."""
    if row.errors:
        field, (error, *_more) = next(iter(row.errors.items()))
        return _refused(error.code, field, str(error))
    if offer is None:
        return _refused(NOT_FOUND, "offer", _("You have no such offer."))
    if times > 1:
        return _of(Duplicate(_("This offer stands in several rows: send one."), field="offer"))
    return {}


def _told(outcome):
    if outcome.error:
        return _of(outcome.error)
    return {
        "result": "saved" if outcome.changed else "unchanged",
        "code": "",
        "attr": "",
        "detail": "",
    }


def _of(error: DomainError):
    return _refused(error.code, error.field, str(error))


def _refused(code, field, detail):
    return {"result": "refused", "code": code, "attr": field, "detail": detail}
