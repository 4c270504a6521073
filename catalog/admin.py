from django import forms
from django.contrib import admin
from django.urls import reverse

from accounts.admin import ReadOnlyAdmin
from accounts.enums import MinistryRole
from catalog import attributes
from catalog.models import (
    Attribute,
    Category,
    Offer,
    PriceCoefficient,
    PriceRule,
    Product,
    StockMovement,
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


@admin.register(Category)
class CategoryAdmin(RuleAdmin):
    list_display = ["name", "name_en", "parent", "trade", "position"]
    list_select_related = ["parent"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Attribute)
class AttributeAdmin(RuleAdmin):
    """What sheets are asked for; a key keeps its kind, since values of it are stored."""

    list_display = ["name", "key", "category", "kind", "unit", "is_required", "position"]
    list_filter = ["kind", "is_required", "category"]
    list_select_related = ["category"]
    search_fields = ["name", "name_en", "key"]

    def get_readonly_fields(self, request, obj=None):
        return ["category", "key", "kind"] if obj else []


class SheetForm(forms.ModelForm):
    """A sheet as the ministry keeps it; its properties are those of its category."""

    def clean(self):
        values = super().clean()
        category, given = values.get("category"), values.get("attributes") or {}
        if category is None or not isinstance(given, dict):
            return values
        asked = Attribute.objects.of(category)
        columns = {each.key: values.get(each.key) for each in asked if each.is_column}
        judged = attributes.judge(asked, {**given, **columns})
        for key, message in judged.wrong.items():
            self.add_error(key if key in columns else "attributes", message)
        values["attributes"] = {
            key: value for key, value in judged.values.items() if key not in columns
        }
        return values


@admin.register(Product)
class ProductAdmin(RuleAdmin):
    form = SheetForm
    list_display = ["name", "category", "kind", "standard", "cpv", "managed", "is_active"]
    list_filter = ["managed", "is_active", "kind", "category"]
    list_select_related = ["category"]
    search_fields = ["name", "name_en", "slug", "gtin"]
    prepopulated_fields = {"slug": ["name"]}


class DatedRuleAdmin(RuleAdmin):
    list_filter = ["product_kind", "valid_from"]
    search_fields = ["legal_reference"]


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
