from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.organisation_pages import saved_text, steps
from journal.models import Event
from suppliers import operations
from suppliers.checklist import checklist
from suppliers.enums import Activity, SupplierRole
from suppliers.forms import CertificateForm, DocumentForm, SupplierForm
from suppliers.models import Document, Requirement


def own_supplier(request):
    """The supplier acted for; others do not know that the page exists."""
    if request.supplier is None:
        raise Http404
    return request.supplier


def managed_supplier(request):
    """As above, for its managers."""
    supplier = own_supplier(request)
    if request.membership.role != SupplierRole.MANAGER:
        raise PermissionDenied
    return supplier


@require_http_methods(["GET", "HEAD", "POST"])
def new(request):
    form = SupplierForm(request.POST or None, initial=request.kept_values or None)
    if form.is_valid():
        supplier = form.perform(operations.create, by=request.user, **form.cleaned_data)
        if supplier:
            request.session["organisation"] = f"supplier:{supplier.pk}"
            messages.success(request, _("Your file is open. See what is still missing below."))
            return redirect("suppliers:file")
    return render(request, "suppliers/new.html", {"form": form})


@require_safe
def file(request):
    supplier = own_supplier(request)
    items = checklist(supplier)
    is_manager = request.membership.role == SupplierRole.MANAGER
    context = {
        "supplier": supplier,
        "steps": steps(supplier),
        "items": items,
        "missing_count": sum(not item.done for item in items),
        "is_manager": is_manager,
        "can_change": is_manager and (supplier.is_editable or supplier.is_approved),
        "activity_labels": [Activity(code).label for code in supplier.activities],
        "documents": supplier.documents.all(),
        "certificates": supplier.certificates.with_named(),
        "events": Event.objects.about(supplier).select_related("actor"),
    }
    return render(request, "suppliers/file.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request):
    supplier = managed_supplier(request)
    form = SupplierForm(
        request.POST or None, instance=supplier, initial=request.kept_values or None
    )
    if form.is_valid():
        done = form.perform(operations.update, supplier, by=request.user, **form.cleaned_data)
        if done:
            messages.success(request, saved_text(before=supplier, after=done))
            return redirect("suppliers:file")
    return render(request, "suppliers/edit.html", {"form": form, "supplier": supplier})


@require_http_methods(["GET", "HEAD", "POST"])
def add_document(request):
    supplier = managed_supplier(request)
    form = DocumentForm(
        request.POST or None,
        request.FILES or None,
        initial=request.kept_values or {"kind": request.GET.get("kind", "")},
    )
    if form.is_valid() and form.perform(
        operations.add_document, supplier, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The document is in your file."))
        return redirect("suppliers:file")
    return render(request, "suppliers/add_document.html", {"form": form})


@require_safe
def document(request, public_id):
    """The file itself, as a download that no browser will run."""
    found = get_object_or_404(Document.objects.visible_to(request.user), public_id=public_id)
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=True,
        filename=found.original_name,
        content_type=found.content_type,
    )
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def remove_document(request, public_id):
    supplier = managed_supplier(request)
    found = get_object_or_404(supplier.documents, public_id=public_id)
    operations.remove_document(found, by=request.user)
    messages.success(request, _("The document was removed."))
    return redirect("suppliers:file")


@require_http_methods(["GET", "HEAD", "POST"])
def add_certificate(request):
    supplier = managed_supplier(request)
    form = CertificateForm(
        request.POST or None, supplier=supplier, initial=request.kept_values or None
    )
    if form.is_valid() and form.perform(
        operations.add_certificate, supplier, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The certificate is in your file; a reviewer looks at it."))
        return redirect("suppliers:file")
    context = {"form": form, "has_documents": form.fields["document"].queryset.exists()}
    return render(request, "suppliers/add_certificate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def correct_certificate(request, public_id):
    """What stands on it, anew; the reviewer looks at it again."""
    supplier = managed_supplier(request)
    found = get_object_or_404(supplier.certificates, public_id=public_id)
    form = CertificateForm(
        request.POST or None,
        supplier=supplier,
        instance=found,
        initial=request.kept_values or {"document": found.document.public_id},
    )
    if form.is_valid() and form.perform(
        operations.correct_certificate, found, by=request.user, **form.cleaned_data
    ):
        messages.success(request, _("The certificate is corrected; a reviewer looks at it again."))
        return redirect("suppliers:file")
    return render(request, "suppliers/correct_certificate.html", {"form": form})


@require_POST
def attest(request, code):
    supplier = managed_supplier(request)
    requirement = get_object_or_404(Requirement, code=code, is_active=True)
    operations.attest(supplier, by=request.user, requirement=requirement)
    messages.success(request, _("Your statement is signed."))
    return redirect("suppliers:file")


@require_POST
def submit(request):
    supplier = managed_supplier(request)
    operations.submit(supplier, by=request.user)
    messages.success(request, _("Your file is with the ministry. You will hear of its answer."))
    return redirect("suppliers:file")
