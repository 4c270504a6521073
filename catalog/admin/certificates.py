"""Certificates with the products that they name: the rest of a certificate stands in the file."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _, gettext_lazy

from accounts.admin import ReadOnlyAdmin
from accounts.enums import MinistryRole
from catalog import operations
from catalog.forms.naming import open_to, sheets_field
from suppliers.models import Certificate


class NamedSheetsForm(forms.ModelForm):
    products = sheets_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "products" in self.fields:
            self.fields["products"].queryset = open_to(self.instance)
            named = self.instance.named_sheets.values_list("product", flat=True)
            self.initial["products"] = list(named)


@admin.register(Certificate)
class CertificateAdmin(ReadOnlyAdmin):
    """A reviewer corrects the products; the certificate itself is judged in its company's file."""

    form = NamedSheetsForm
    list_display = ["company", "standard", "standard_class", "scope", "status", "expires_on"]
    list_filter = ["status", "standard"]
    list_select_related = ["supplier"]
    search_fields = ["supplier__name", "scope"]
    list_per_page = 24
    show_full_result_count = False
    facts = [
        "company",
        "standard",
        "standard_class",
        "body_number",
        "scope",
        "document",
        "issued_on",
        "expires_on",
        "status",
    ]

    def get_fields(self, request, obj=None):
        return [*self.facts, "products" if self.has_change_permission(request) else "named"]

    def get_readonly_fields(self, request, obj=None):
        return [*self.facts, "named"]

    def has_change_permission(self, request, obj=None):
        return request.user.has_ministry_role(MinistryRole.REVIEWER)

    @admin.display(description=gettext_lazy("supplier"), ordering="supplier__name")
    def company(self, certificate):
        return certificate.supplier

    @admin.display(description=gettext_lazy("products that it names"))
    def named(self, certificate):
        rows = certificate.named_sheets.select_related("product")
        return "\n".join(str(each) for each in rows) or _("every product of its standard")

    def save_model(self, request, obj, form, change):
        operations.correct_sheets(obj, by=request.user, products=form.cleaned_data["products"])
