from django.contrib import admin
from django.urls import reverse

from accounts.enums import MinistryRole
from catalog import law_watch
from catalog.models import (
    GelFormula,
    PriceCoefficient,
    PriceRule,
    StandardEquivalence,
    Synonym,
    VatRule,
)
from journal import operations as journal


class RuleAdmin(admin.ModelAdmin):
    """Reference data: read by everyone at the ministry, changed by reviewers, removed by nobody.

    A rule ends by its last day, a sheet by being retired; each change is in the journal.
    """

    actions = None
    list_per_page = 24
    show_full_result_count = False

    def has_module_permission(self, request):
        return self.has_view_permission(request)

    def has_view_permission(self, request, obj=None):
        return request.user.is_active and request.user.has_ministry_role()

    def has_add_permission(self, request):
        return request.user.is_active and request.user.has_ministry_role(MinistryRole.REVIEWER)

    def has_change_permission(self, request, obj=None):
        return self.has_add_permission(request)

    def has_delete_permission(self, request, obj=None):
        return False

    def save_model(self, request, obj, form, change):
        """The admin's own transaction holds the row and its journal entry together."""
        super().save_model(request, obj, form, change)
        if form.changed_data:
            journal.record(
                "catalog.rule_changed",
                obj,
                by=request.user,
                payload={
                    "rule": str(obj),
                    "is_new": not change,
                    "before": {name: _plain(form.initial.get(name)) for name in form.changed_data},
                    "after": {name: _plain(form.cleaned_data[name]) for name in form.changed_data},
                    "url": reverse(
                        f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[obj.pk]
                    ),
                },
            )


def _plain(value):
    return None if value is None else str(value)


class DatedRuleAdmin(RuleAdmin):
    list_filter = ["product_kind", "valid_from"]
    search_fields = ["legal_reference"]

    def save_model(self, request, obj, form, change):
        """A rule that holds today, or no longer, has its offers judged anew at once."""
        super().save_model(request, obj, form, change)
        law_watch.look()


@admin.register(PriceRule)
class PriceRuleAdmin(DatedRuleAdmin):
    list_display = [
        "legal_reference",
        "product_kind",
        "buyer_side",
        "min_container_ml",
        "max_container_ml",
        "per_litre_eur",
        "per_unit_eur",
        "tax_basis",
        "valid_from",
        "valid_until",
    ]


@admin.register(PriceCoefficient)
class PriceCoefficientAdmin(DatedRuleAdmin):
    list_display = [
        "legal_reference",
        "product_kind",
        "dispenser",
        "factor",
        "valid_from",
        "valid_until",
    ]


@admin.register(VatRule)
class VatRuleAdmin(DatedRuleAdmin):
    list_display = ["legal_reference", "product_kind", "rate_pct", "valid_from", "valid_until"]


@admin.register(GelFormula)
class GelFormulaAdmin(DatedRuleAdmin):
    list_display = ["code", "legal_reference", "valid_from", "valid_until"]
    list_filter = ["code", "valid_from"]


@admin.register(StandardEquivalence)
class StandardEquivalenceAdmin(DatedRuleAdmin):
    list_display = [
        "standard",
        "standard_class",
        "equivalent_standard",
        "equivalent_class",
        "legal_reference",
        "valid_from",
        "valid_until",
    ]
    list_filter = ["standard", "valid_from"]


@admin.register(Synonym)
class SynonymAdmin(RuleAdmin):
    list_display = ["__str__", "legal_reference", "valid_from", "valid_until"]
    list_filter = ["valid_from"]
    search_fields = ["terms", "legal_reference"]
