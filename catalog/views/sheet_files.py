"""Safety data sheets and photos of product sheets."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from catalog import operations
from catalog.enums import SheetFileKind
from catalog.forms import SheetFileForm
from catalog.models import Product, SheetFile
from catalog.views.supplier import own_supplier


@require_safe
@login_not_required
def sheet_file(request, public_id):
    """The file itself: a photo in the page, all else as a download that no browser will run."""
    found = get_object_or_404(SheetFile.objects.visible_to(request.user), public_id=public_id)
    response = FileResponse(
        found.file.open("rb"),
        as_attachment=found.kind != SheetFileKind.PHOTO,
        filename=found.original_name,
        content_type=found.content_type,
    )
    response["Content-Security-Policy"] = "sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def sheet_files(request, slug):
    """The company's own files of a sheet that it proposed or offers, and a form for one more."""
    supplier = own_supplier(request)
    sheets = Product.objects.open_to(request.user).select_related("category")
    sheet = get_object_or_404(sheets, slug=slug)
    form = SheetFileForm(request.POST or None, request.FILES or None)
    if form.is_valid() and form.perform(
        operations.hand_in_file, sheet, by=request.user, supplier=supplier, **form.cleaned_data
    ):
        messages.success(request, _("The file is with the ministry. It is public once accepted."))
        return redirect("catalog:sheet_files", sheet.slug)
    files = SheetFile.objects.visible_to(request.user).filter(product=sheet, supplier=supplier)
    return render(
        request, "catalog/sheet_files.html", {"product": sheet, "form": form, "files": files}
    )
