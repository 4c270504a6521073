from django.contrib import admin

from accounts.admin import ReadOnlyAdmin, ReviewAdmin
from buyers import operations, register
from buyers.checklist import checklist
from buyers.models import Buyer, RegisterEntry
from journal.models import Event


@admin.register(Buyer)
class BuyerAdmin(ReviewAdmin):
    operations = operations
    review_template = "admin/buyers/buyer/review.html"
    list_display = ["name", "status", "waiting", "kind", "department", "siret_check"]
    list_filter = ["status", "kind", "siret_check"]
    search_fields = ["name", "siret", "finess"]

    def evidence(self, organisation):
        return {
            "entry": register.lookup(organisation.finess or organisation.siret or ""),
            "sites": organisation.sites.all(),
            "items": checklist(organisation),
            "members": organisation.members.select_related("user"),
            "events": Event.objects.about(organisation).select_related("actor"),
        }


@admin.register(RegisterEntry)
class RegisterEntryAdmin(ReadOnlyAdmin):
    list_display = ["finess", "name", "city", "department", "category", "siret"]
    list_filter = ["department"]
    search_fields = ["finess", "siret", "name", "city"]
    list_per_page = 24
    show_full_result_count = False
