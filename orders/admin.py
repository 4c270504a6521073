from django.contrib import admin

from accounts.admin import ReadOnlyAdmin
from accounts.enums import MinistryRole
from journal import operations as journal
from orders.models import AllocationPolicy, AllocationRound, Order, SupplierOrder


@admin.register(AllocationPolicy)
class PolicyAdmin(ReadOnlyAdmin):
    """Allocators set policies; each change is in the journal."""

    list_display = ["name", "basis", "valid_from", "valid_until", "legal_reference"]

    def has_add_permission(self, request):
        return request.user.has_ministry_role(MinistryRole.ALLOCATOR)

    def has_change_permission(self, request, obj=None):
        return request.user.has_ministry_role(MinistryRole.ALLOCATOR)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        journal.record(
            "orders.policy_changed",
            obj,
            by=request.user,
            payload={
                "name": obj.name,
                "changed": sorted(form.changed_data),
                "url": request.path,
            },
        )


@admin.register(AllocationRound)
class RoundAdmin(ReadOnlyAdmin):
    list_display = ["pk", "status", "trigger", "opened_at", "wanted_units", "allocated_units"]
    list_filter = ["status"]
    exclude = ["snapshot", "result", "seed"]


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
