from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import BadRequest, PermissionDenied, ValidationError
from django.db.models import Case, Value, When
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _, gettext_lazy

from accounts.enums import MinistryRole
from catalog import attributes, duplicates, operations
from catalog.admin.rules import RuleAdmin
from catalog.enums import SheetStatus
from catalog.facts import facts_of
from catalog.models import (
    Attribute,
    Category,
    Product,
    SheetFile,
)
from core.errors import DomainError
from core.identifiers import as_padded_gtin
from journal.models import Event


OFFERS_SHOWN = 24


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

    def clean_gtin(self):
        return as_padded_gtin(self.cleaned_data["gtin"]) if self.cleaned_data["gtin"] else None

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


WAITING_FIRST = Case(When(status=SheetStatus.PROPOSED, then=Value(0)), default=Value(1))


@admin.register(Product)
class ProductAdmin(RuleAdmin):
    """Sheets; one that is not accepted, or asked for with ?review, shows its review page."""

    form = SheetForm
    list_display = [
        "name",
        "status",
        "waiting",
        "category",
        "kind",
        "standard",
        "gtin",
        "is_active",
    ]
    list_filter = ["status", "managed", "is_active", "kind", "category"]
    list_select_related = ["category"]
    ordering = [WAITING_FIRST, "proposed_at", "category__position", "name", "pk"]
    search_fields = ["name", "name_en", "slug", "gtin", "gtin_aliases__gtin"]
    prepopulated_fields = {"slug": ["name"]}

    class Media:
        css = {"all": ["css/admin-review.css"]}

    @admin.display(description=gettext_lazy("waiting for"), ordering="proposed_at")
    def waiting(self, sheet):
        if sheet.status != SheetStatus.PROPOSED:
            return "–"
        return timesince(sheet.proposed_at, depth=1)

    def change_view(self, request, object_id, form_url="", extra_context=None):
        sheet = self.get_object(request, unquote(object_id))
        reviewed = sheet and (not sheet.is_accepted or "review" in request.GET)
        if not reviewed or not self.has_view_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        if request.method == "POST" and self._carry_out(request, sheet):
            return redirect(request.path)
        sheet = Product.objects.select_related(
            "category__parent", "proposed_for", "proposed_by", "decided_by", "merged_into"
        ).get(pk=sheet.pk)
        return TemplateResponse(
            request, "admin/catalog/product/review.html", self._review(request, sheet)
        )

    def _carry_out(self, request, sheet):
        """The one act that was posted; whether it was done."""
        if not self.has_change_permission(request, sheet):
            raise PermissionDenied
        values, by = request.POST, request.user
        reason = values.get("reason_text", "")
        acts = {
            "accept": lambda: operations.accept_sheet(sheet, by=by),
            "request_changes": lambda: operations.request_sheet_changes(
                sheet, by=by, reason_text=reason
            ),
            "refuse": lambda: operations.refuse_sheet(sheet, by=by, reason_text=reason),
            "merge": lambda: operations.merge_sheet(sheet, by=by, into=_named(values)),
            "accept_file": lambda: operations.accept_file(_file(sheet, values), by=by),
            "refuse_file": lambda: operations.refuse_file(
                _file(sheet, values), by=by, reason_text=reason
            ),
        }
        act = acts.get(values.get("decision", ""))
        if act is None:
            raise BadRequest
        try:
            act()
        except DomainError as error:
            messages.error(request, str(error))
            return False
        messages.success(request, _("Recorded. The supplier hears of it."))
        return True

    def _review(self, request, sheet):
        others = Product.objects.exclude(status__in=[SheetStatus.MERGED, SheetStatus.REFUSED])
        waiting = Product.objects.filter(status=SheetStatus.PROPOSED).exclude(pk=sheet.pk)
        return {
            **self.admin_site.each_context(request),
            "title": sheet.name,
            "opts": self.opts,
            "sheet": sheet,
            "facts": facts_of(sheet, Attribute.objects.of(sheet.category)),
            "alike": duplicates.likely(sheet.category, sheet.name, but=sheet, among=others),
            "files": sheet.files.select_related("supplier"),
            "offers": sheet.offers.select_related("supplier")[:OFFERS_SHOWN],
            "events": Event.objects.about(sheet).select_related("actor"),
            "is_nav_sidebar_enabled": False,
            "is_reviewer": request.user.has_ministry_role(MinistryRole.REVIEWER),
            "typed": {name: request.POST.get(name, "") for name in ("reason_text", "into")},
            "next_waiting": waiting.order_by("proposed_at", "pk").first(),
        }


def _file(sheet, values):
    """The file of this sheet that the reviewer decides on."""
    try:
        return sheet.files.get(public_id=values.get("file", ""))
    except (SheetFile.DoesNotExist, ValidationError):
        raise BadRequest from None


def _named(values):
    """The sheet that the reviewer chose or typed: its slug, or a GTIN."""
    said = values.get("into", "").strip()
    found = Product.objects.filter(slug=said).first() or duplicates.with_gtin(said).first()
    if found is None:
        raise DomainError(_("No sheet has this address or GTIN: check it."), field="into")
    return found
