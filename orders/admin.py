from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet, model_to_dict

from accounts.admin import ReadOnlyAdmin
from accounts.enums import MinistryRole
from journal import operations as journal
from orders.models import (
    AllocationPolicy,
    AllocationRound,
    EntityCap,
    Order,
    PolicyFloor,
    PolicyReserve,
    SupplierOrder,
)
from orders.models.policies import check_shares


COPIED = ["name", "basis", "tiers", "held_back_pct", "past_weeks", "past_weight_pct"]


class PartsFormSet(BaseInlineFormSet):
    """Floors or reserves, judged beside the policy that they belong to."""

    def clean(self):
        super().clean()
        kept = [
            form for form in self.forms if form.cleaned_data and form not in self.deleted_forms
        ]
        for form in kept:
            try:
                form.instance.check_ranks(self.instance)
            except ValidationError as error:
                form.add_error(None, error)
        shares = [form.instance for form in kept if form.is_valid()]
        if self.model is PolicyReserve:
            check_shares(shares)


class PartInline(admin.TabularInline):
    """Open to whoever may do the same to the policy."""

    formset = PartsFormSet
    extra = 0

    def has_view_permission(self, request, obj=None):
        return self._of_policy.has_view_permission(request, obj)

    def has_add_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    def has_change_permission(self, request, obj=None):
        return self._of_policy.has_change_permission(request, obj)

    def has_delete_permission(self, request, obj=None):
        return self.has_change_permission(request, obj)

    @property
    def _of_policy(self):
        return self.admin_site.get_model_admin(self.parent_model)


class FloorInline(PartInline):
    model = PolicyFloor
    fields = ["position", "share_pct", "kinds", "departments", "regions"]


class ReserveInline(PartInline):
    model = PolicyReserve
    fields = ["position", "name", "share_pct", "kinds", "departments", "regions"]


class AllocatorAdmin(ReadOnlyAdmin):
    """What allocators set; each change is in the journal."""

    verb = ""

    def has_add_permission(self, request):
        return request.user.has_ministry_role(MinistryRole.ALLOCATOR)

    def has_change_permission(self, request, obj=None):
        return self.has_add_permission(request) and not (obj and obj.is_settled)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        journal.record(
            self.verb,
            obj,
            by=request.user,
            payload={
                "name": str(obj),
                "changed": sorted(form.changed_data),
                "url": request.path,
            },
        )


@admin.register(AllocationPolicy)
class PolicyAdmin(AllocatorAdmin):
    """A policy in force or used by a round stays as it is: a newer one replaces it."""

    verb = "orders.policy_changed"
    list_display = ["name", "basis", "valid_from", "valid_until", "legal_reference"]
    inlines = [FloorInline, ReserveInline]

    def get_changeform_initial_data(self, request):
        """A new policy starts from the newest one."""
        newest = AllocationPolicy.objects.first()
        copied = model_to_dict(newest, COPIED) if newest else {}
        return copied | super().get_changeform_initial_data(request)


@admin.register(EntityCap)
class CapAdmin(AllocatorAdmin):
    """A cap that has begun stays as it is until its last day, which may be set."""

    verb = "orders.cap_changed"
    list_display = ["entity", "category", "max_units", "valid_from", "valid_until"]
    list_select_related = ["category"]

    def get_readonly_fields(self, request, obj=None):
        return ["entity", "category", "max_units", "valid_from"] if obj and obj.has_begun else []


@admin.register(AllocationRound)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ["pk", "status", "trigger", "opened_at", "wanted_units", "allocated_units"]
    list_filter = ["status", "for_decision"]
    exclude = ["seed", "lease_token"]


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "buyer", "status", "submitted_at"]
    list_filter = ["status"]
    list_select_related = ["buyer"]
    search_fields = ["number", "buyer__name"]

    def get_queryset(self, request):
        return super().get_queryset(request).exclude(number=None)


@admin.register(SupplierOrder)
class SupplierOrderAdmin(ReadOnlyAdmin):
    list_display = ["number", "supplier", "status", "accept_by"]
    list_filter = ["status"]
    list_select_related = ["supplier"]
    search_fields = ["number", "supplier__name"]
