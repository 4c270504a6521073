"""What a certificate of the company proves."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from catalog import operations
from catalog.forms import NamedSheetsForm
from suppliers.enums import ProofStatus
from suppliers.views import managed_supplier


MOST_ASKED = 20


@require_http_methods(["GET", "HEAD", "POST"])
def sheets(request, public_id):
    """Tick the sheets that the certificate names; a reviewer looks at every change."""
    supplier = managed_supplier(request)
    own = supplier.certificates.select_related("supplier")
    certificate = get_object_or_404(own, public_id=public_id)
    form = NamedSheetsForm(
        request.POST if request.method == "POST" else None,
        certificate=certificate,
        also=request.GET.getlist("add")[:MOST_ASKED],
        initial=request.kept_values or None,
    )
    if form.is_valid():
        done = form.perform(
            operations.name_sheets, certificate, by=request.user, **form.cleaned_data
        )
        if done:
            messages.success(request, _told(done))
            return redirect("suppliers:file")
    context = {
        "certificate": certificate,
        "form": form,
        "has_choices": form.fields["products"].queryset.exists(),
        "is_accepted": certificate.status == ProofStatus.ACCEPTED,
    }
    return render(request, "catalog/certificate_sheets.html", context)


def _told(certificate):
    if certificate.status == ProofStatus.PENDING:
        return _("The products are recorded; a reviewer looks at the certificate.")
    return _("Nothing has changed.")
