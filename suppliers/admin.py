from django import forms
from django.contrib import admin
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from accounts.admin import ReadOnlyAdmin, ReviewAdmin
from accounts.enums import MinistryRole
from journal.models import Event
from journal.operations import record
from suppliers import operations
from suppliers.checklist import COMPUTED, checklist
from suppliers.enums import Activity, Legislation, ProofStatus, RequirementKind
from suppliers.models import NotifiedBody, Requirement, Supplier
from suppliers.operations.bodies import competence
from suppliers.operations.decisions import REQUIREMENT_FIELDS


class ToJudgeFilter(admin.SimpleListFilter):
    """Approved companies hand in new certificates, too; they would get lost down the queue."""

    title = gettext_lazy("certificates to look at")
    parameter_name = "to_judge"

    def lookups(self, request, model_admin):
        return [("yes", _("some"))]

    def queryset(self, request, queryset):
        return queryset.filter(pending_certificates__gt=0) if self.value() else queryset


@admin.register(Supplier)
class SupplierAdmin(ReviewAdmin):
    operations = operations
    review_template = "admin/suppliers/supplier/review.html"
    asks_call_back = True
    list_display = ["name", "status", "waiting", "makes", "department", "siret_check", "to_judge"]
    list_filter = ["status", ToJudgeFilter, "siret_check"]
    search_fields = ["name", "siret"]

    def get_queryset(self, request):
        pending = Q(certificates__status=ProofStatus.PENDING)
        return (
            super()
            .get_queryset(request)
            .annotate(pending_certificates=Count("certificates", filter=pending, distinct=True))
        )

    @admin.display(description=gettext_lazy("makes"))
    def makes(self, supplier):
        return ", ".join(str(Activity(code).label) for code in supplier.activities) or "–"

    @admin.display(
        description=gettext_lazy("certificates to look at"), ordering="pending_certificates"
    )
    def to_judge(self, supplier):
        return supplier.pending_certificates or "–"

    def acts(self, organisation, values, by):
        def judge(accepted):
            certificate = get_object_or_404(
                organisation.certificates, public_id=values.get("certificate") or None
            )
            return operations.judge_certificate(certificate, by=by, accepted=accepted)

        return {
            **super().acts(organisation, values, by),
            "record_call_back": lambda: operations.record_call_back(
                organisation, by=by, note=values.get("note", "")
            ),
            "accept_certificate": lambda: judge(accepted=True),
            "reject_certificate": lambda: judge(accepted=False),
        }

    def evidence(self, organisation):
        documents = list(organisation.documents.select_related("uploaded_by"))
        elsewhere = organisation.documents.same_elsewhere(organisation)
        certificates = list(organisation.certificates.with_named().select_related("document"))
        bodies = competence(certificates)
        return {
            "documents": [(each, elsewhere.get(each.sha256, [])) for each in documents],
            "certificates": [
                (each, bodies.get(each.body_number, ""), elsewhere.get(each.document.sha256, []))
                for each in certificates
            ],
            "submissions": organisation.submissions.select_related("requirement", "attested_by"),
            "items": checklist(organisation),
            "makes": self.makes(organisation),
            "members": organisation.members.select_related("user"),
            "events": Event.objects.about(organisation).select_related("actor"),
        }


@admin.register(NotifiedBody)
class NotifiedBodyAdmin(ReadOnlyAdmin):
    """The extract of the register; reviewers keep it, and the journal what it was."""

    list_display = ["number", "name", "country", "texts", "source"]
    search_fields = ["number", "name"]

    def has_add_permission(self, request):
        return request.user.has_ministry_role(MinistryRole.REVIEWER)

    def has_change_permission(self, request, obj=None):
        return request.user.has_ministry_role(MinistryRole.REVIEWER)

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "notified_for":
            return forms.MultipleChoiceField(
                label=db_field.verbose_name,
                choices=Legislation.choices,
                widget=forms.CheckboxSelectMultiple,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        record(
            "suppliers.body_changed",
            obj,
            by=request.user,
            payload={
                "body": str(obj),
                "texts": sorted(obj.notified_for),
                "url": reverse("admin:suppliers_notifiedbody_change", args=[obj.pk]),
            },
        )


class RequirementForm(forms.ModelForm):
    activities = forms.MultipleChoiceField(
        label=gettext_lazy("asked of"),
        help_text=gettext_lazy("Empty: asked of everyone."),
        choices=Activity.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def clean(self):
        values = super().clean()
        code = values.get("code", self.instance.code)
        if values.get("kind") == RequirementKind.COMPUTED and code not in COMPUTED:
            self.add_error(
                "kind",
                _("The product can check only: %(codes)s.") % {"codes": ", ".join(COMPUTED)},
            )
        return values


@admin.register(Requirement)
class RequirementAdmin(ReadOnlyAdmin):
    """What is asked of whom; reviewers change it, and the journal keeps what it was."""

    form = RequirementForm
    list_display = ["code", "label", "kind", "document_kind", "is_active"]
    list_filter = ["is_active", "kind"]
    fields = [
        "code",
        "label",
        "label_en",
        "help_text",
        "help_text_en",
        "kind",
        "document_kind",
        "activities",
        "is_active",
    ]

    def get_readonly_fields(self, request, obj=None):
        return ["code"] if obj else []

    def has_add_permission(self, request):
        return request.user.has_ministry_role(MinistryRole.REVIEWER)

    def has_change_permission(self, request, obj=None):
        return request.user.has_ministry_role(MinistryRole.REVIEWER)

    def save_model(self, request, obj, form, change):
        before = Requirement.objects.get(pk=obj.pk) if change else Requirement()
        values = {
            name: value for name, value in form.cleaned_data.items() if name in REQUIREMENT_FIELDS
        }
        saved = operations.change_requirement(before, by=request.user, **values)
        obj.pk = saved.pk
