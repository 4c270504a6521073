from django.contrib.auth.decorators import login_not_required
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog import exports
from catalog.downloads import download
from catalog.models import StockMovement
from catalog.prices import RuleBook
from catalog.views import public, supplier


@require_safe
@login_not_required
def sheets(request, file_format):
    chosen = public.chosen_sheets(request)
    sees_prices = chosen.reader.sees_terms
    table = exports.sheets_table(chosen.qs, sees_prices=sees_prices, day=chosen.day)
    return download(table, file_format)


@require_safe
def offers(request, file_format):
    own, _status = supplier.chosen_offers(request)
    rules = RuleBook(timezone.localdate())
    return download(exports.offers_table(own, user=request.user, rules=rules), file_format)


@require_safe
def movements(request, file_format):
    ledger = StockMovement.objects.visible_to(request.user)
    own = ledger.filter(offer__supplier=supplier.own_supplier(request))
    return download(exports.movements_table(own), file_format)
