from django.contrib import admin
from django.utils.formats import number_format
from django.utils.translation import gettext as _, gettext_lazy

from accounts.admin import ReadOnlyAdmin
from catalog.enums import Blocker, LawChange
from catalog.models import (
    Offer,
    PriceChange,
    Rejudgement,
    ScheduledPrice,
    StockMovement,
)


SHOWN = 100
"""How many offers the page of one change names."""


@admin.register(Offer)
class OfferAdmin(ReadOnlyAdmin):
    list_display = [
        "product",
        "supplier",
        "status",
        "unit_price_eur",
        "on_hand_units",
        "reserved_units",
        "updated_at",
    ]
    list_filter = ["status", "product__category"]
    list_select_related = ["product", "supplier"]
    search_fields = ["product__name", "supplier__name"]
    list_per_page = 24
    show_full_result_count = False


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnlyAdmin):
    list_display = ["at", "offer", "delta_on_hand_units", "delta_reserved_units", "reason", "by"]
    list_filter = ["reason"]
    list_select_related = ["offer__product", "offer__supplier", "by"]
    list_per_page = 24
    show_full_result_count = False


@admin.register(PriceChange)
class PriceChangeAdmin(ReadOnlyAdmin):
    list_display = ["at", "offer", "before_eur", "after_eur", "by"]
    list_select_related = ["offer__product", "offer__supplier", "by"]
    search_fields = ["offer__product__name", "offer__supplier__name"]
    list_per_page = 24
    show_full_result_count = False


@admin.register(ScheduledPrice)
class ScheduledPriceAdmin(ReadOnlyAdmin):
    list_display = ["takes_effect_on", "offer", "unit_price_eur", "status", "set_by", "refusal"]
    list_filter = ["status"]
    list_select_related = ["offer__product", "offer__supplier", "set_by"]
    list_per_page = 24
    show_full_result_count = False


@admin.register(Rejudgement)
class RejudgementAdmin(ReadOnlyAdmin):
    """What a change of law did, and how far the worker has come; the page shows it as it is."""

    list_display = [
        "at",
        "what_changed",
        "products_marked",
        "progress",
        "went_off",
        "went_on",
        "finished_at",
    ]
    fields = [*list_display, "offers_off_or_on"]
    list_per_page = 24
    show_full_result_count = False

    @admin.display(description=gettext_lazy("what changed"))
    def what_changed(self, rejudgement):
        return "\n".join(
            f"{reason['law']} {LawChange(reason['what']).label}".strip()
            for reason in rejudgement.reasons
        )

    @admin.display(description=gettext_lazy("offers judged"))
    def progress(self, rejudgement):
        return _("%(done)s of %(all)s") % {
            "done": number_format(rejudgement.offers_judged, force_grouping=True),
            "all": number_format(rejudgement.offers_to_judge, force_grouping=True),
        }

    @admin.display(description=gettext_lazy("offers off or on sale"))
    def offers_off_or_on(self, rejudgement):
        turns = rejudgement.turns.select_related("offer__product", "supplier")[:SHOWN]
        return "\n".join(
            f"{turn.offer.product} · {turn.supplier}: "
            + (", ".join(str(Blocker(code).label) for code in turn.after) or _("on sale"))
            for turn in turns
        )
