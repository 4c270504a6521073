from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from journal import operations
from journal.models import Delivery


PER_PAGE = 24


def inbox(request: HttpRequest) -> HttpResponse:
    news = Delivery.objects.inbox(request.user)
    page = Paginator(news, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "journal/inbox.html", {"page": page})


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    operations.mark_read(Delivery.objects.inbox(request.user), at=timezone.now())
    return redirect("journal:inbox")


@require_POST
def open_item(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.inbox(request.user), pk=pk)
    operations.mark_read(Delivery.objects.filter(pk=delivery.pk), at=timezone.now())
    url = delivery.event.payload.get("url", "")
    safe = url.startswith("/") and url_has_allowed_host_and_scheme(url, None)
    return redirect(url if safe else "journal:inbox")
