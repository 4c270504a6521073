"""Files of offers, stock, prices and sheets: upload, preview, decision, error file."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import import_files, imports, tasks
from catalog.enums import ImportKind, ImportMode, RowAction
from catalog.forms import ImportForm
from catalog.imports import previews
from catalog.models import ImportJob
from catalog.paging import page_of
from catalog.views.supplier import own_supplier


RELOAD_SECONDS = 2
ACTIONS = {action.value: action for action in RowAction}


def own_import(request, public_id):
    """An import of the supplier acted for."""
    own = ImportJob.objects.visible_to(request.user).filter(supplier=own_supplier(request))
    return get_object_or_404(own.select_related("supplier", "created_by"), public_id=public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def new_import(request):
    supplier = own_supplier(request)
    form = ImportForm(request.POST or None, request.FILES or None, initial=request.kept_values)
    if form.is_valid():
        job = form.perform(imports.receive, supplier, by=request.user, **form.cleaned_data)
        if job:
            tasks.wake(job.pk)
            return redirect("catalog:import", job.public_id)
    own = ImportJob.objects.visible_to(request.user).filter(supplier=supplier)
    context = {
        "supplier": supplier,
        "form": form,
        "kinds": ImportKind.choices,
        "page": page_of(own.select_related("created_by"), request.GET.get("page")),
    }
    return render(request, "catalog/imports.html", context)


@require_safe
def template(request, kind):
    file_format = "xlsx" if request.GET.get("format") == "xlsx" else "csv"
    return import_files.template(own_supplier(request), kind, file_format)


@require_safe
def show(request, public_id):
    job = own_import(request, public_id)
    action = ACTIONS.get(request.GET.get("show", ""))
    page = page_of(previews.rows_of(job, action), request.GET.get("page"))
    context = {
        "job": job,
        "supplier": job.supplier,
        "page": page,
        "lines": previews.lines_of(job, page),
        "shown": action or "",
        "one_by_one": ImportMode.GOOD_ROWS,
        "may_apply": job.changes and (not job.wrong_rows or job.mode == ImportMode.GOOD_ROWS),
    }
    response = render(request, "catalog/import.html", context)
    if job.is_at_work:
        response.headers["Refresh"] = str(RELOAD_SECONDS)
    return response


@require_POST
def apply(request, public_id):
    job = own_import(request, public_id)
    mode = ImportMode.GOOD_ROWS if request.POST.get("mode") == ImportMode.GOOD_ROWS else None
    imports.apply(job, by=request.user, mode=mode)
    tasks.wake(job.pk)
    return redirect("catalog:import", job.public_id)


@require_POST
def discard(request, public_id):
    imports.discard(own_import(request, public_id), by=request.user)
    messages.success(request, _("The file is discarded; nothing was changed."))
    return redirect("catalog:new_import")


@require_safe
def errors(request, public_id):
    return import_files.errors(own_import(request, public_id))
