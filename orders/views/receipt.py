from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from orders import operations
from orders.forms import ReceiveForm
from orders.views.gates import own_arrival, posted


def receive(request, number):
    shipment = own_arrival(request, number)
    order = shipment.supplier_order.order
    if hasattr(shipment, "receipt"):
        messages.info(request, _("The receipt of this shipment is recorded already."))
        return redirect("orders:order", order.number)
    form = ReceiveForm(posted(request), initial=request.kept_values or None, shipment=shipment)
    if form.is_valid() and form.perform(
        operations.receive,
        shipment,
        by=request.user,
        lines=form.counted(),
        note=form.cleaned_data["note"],
    ):
        messages.success(request, _("What arrived is recorded; the supplier is told."))
        return redirect("orders:order", order.number)
    return render(
        request,
        "orders/receive.html",
        {"shipment": shipment, "order": order, "form": form},
    )
