import uuid

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.enums import MinistryRole
from catalog.api.files import ExportMixin
from core.errors import NotPermitted, StaleState
from orders import exports, operations, rounds
from orders.api import serializers
from orders.enums import RoundTrigger
from orders.models import (
    AllocationRound,
    Explanation,
    Order,
    OrderLine,
    Shipment,
    SupplierOrder,
)
from orders.tasks import wake


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    uuid.UUID,
    OpenApiParameter.HEADER,
    required=True,
    description="A new UUID for each order; the same key again returns the same order.",
)


class VisibleMixin:
    """Only what the caller may see exists."""

    def get_queryset(self):
        model = self.queryset.model
        if getattr(self, "swagger_fake_view", False):
            return model.objects.none()
        return self.visible(model.objects.visible_to(self.request.user))

    def visible(self, rows):
        return rows

    def read(self, serializer_class):
        """The checked input of this request."""
        serializer = serializer_class(
            data=self.request.data, context=self.get_serializer_context()
        )
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer(self, row, code=status.HTTP_200_OK):
        """The object as it stands after the act."""
        fresh = self.get_queryset().get(pk=row.pk)
        return Response(self.get_serializer(fresh).data, status=code)


class OrderViewSet(
    ExportMixin,
    VisibleMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """A buyer's orders; for the ministry all that were placed."""

    serializer_class = serializers.OrderOutput
    queryset = Order.objects.none()
    lookup_field = "number"
    lookup_value_regex = r"\d{4}-\d{6}"

    def get_serializer_class(self):
        if self.action == "retrieve":
            return serializers.ExplainedOrderOutput
        return super().get_serializer_class()

    def visible(self, rows):
        rows = rows.exclude(number=None).for_listing().prefetch_related("lines__offer")
        return rows.prefetch_related("lines__explanations") if self.action == "retrieve" else rows

    def export_table(self, rows):
        return exports.orders_table(rows)

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=serializers.OrderInput,
        responses={201: serializers.OrderOutput},
    )
    def create(self, request):
        key = self._idempotency_key(request)
        data = self.read(serializers.OrderInput)
        order = operations.place(
            data["site"].buyer,
            by=request.user,
            site=data["site"],
            lines=data["lines"],
            purchase_order=data.get("purchase_order", ""),
            idempotency_key=key,
        )
        return self.answer(order, status.HTTP_201_CREATED)

    def _idempotency_key(self, request):
        try:
            return uuid.UUID(request.headers.get("Idempotency-Key", ""))
        except ValueError:
            raise ValidationError(
                {"Idempotency-Key": [_("Send a new UUID in this header for each order.")]}
            ) from None

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request, number=None):
        return self.answer(operations.approve(self.get_object(), by=request.user))

    @extend_schema(request=serializers.WhyInput)
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request, number=None):
        order, reason = self.get_object(), self.read(serializers.WhyInput)["reason"]
        return self.answer(operations.send_back(order, by=request.user, reason=reason))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def cancel(self, request, number=None):
        return self.answer(operations.cancel(self.get_object(), by=request.user))

    def _line(self, position):
        return get_object_or_404(OrderLine, order=self.get_object(), position=int(position))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path=r"lines/(?P<position>\d{1,4})/cancel-rest")
    def cancel_rest(self, request, number=None, position=None):
        line = operations.cancel_rest(self._line(position), by=request.user)
        return self.answer(line.order)

    @extend_schema(responses=serializers.ExplanationOutput(many=True))
    @action(
        detail=True,
        methods=["get"],
        url_path=r"lines/(?P<position>\d{1,4})/why",
        pagination_class=None,
    )
    def why(self, request, number=None, position=None):
        """Why the line got what it got, newest first."""
        line = self._line(position)
        rows = Explanation.objects.visible_to(request.user).filter(line=line)
        return Response(serializers.ExplanationOutput(rows, many=True).data)


class SupplierOrderViewSet(
    ExportMixin,
    VisibleMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """A supplier's parts of orders; buyers see the parts of theirs."""

    serializer_class = serializers.SupplierOrderOutput
    queryset = SupplierOrder.objects.none()
    lookup_field = "number"
    lookup_value_regex = r"\d{4}-\d{6}-\d+"

    def visible(self, rows):
        return rows.for_listing()

    def export_table(self, rows):
        return exports.supplier_orders_table(rows)

    @extend_schema(request=serializers.AcceptInput)
    @action(detail=True, methods=["post"])
    def accept(self, request, number=None):
        part, data = self.get_object(), self.read(serializers.AcceptInput)
        accepted = {line["id"]: line["units"] for line in data["lines"]}
        return self.answer(operations.accept(part, by=request.user, accepted=accepted))

    @extend_schema(request=serializers.WhyInput)
    @action(detail=True, methods=["post"])
    def refuse(self, request, number=None):
        part, reason = self.get_object(), self.read(serializers.WhyInput)["reason"]
        return self.answer(operations.refuse(part, by=request.user, reason=reason))

    @extend_schema(request=serializers.ShipInput, responses={201: serializers.ShipmentOutput})
    @action(detail=True, methods=["post"])
    def ship(self, request, number=None):
        part, data = self.get_object(), self.read(serializers.ShipInput)
        held = {line.pk: line for line in part.lines.all()}
        shipment = operations.ship(
            part,
            by=request.user,
            carrier=data["carrier"],
            tracking_number=data.get("tracking_number", ""),
            parcels=data.get("parcels", 1),
            lines=[self._packed(row, held) for row in data["lines"]],
        )
        output = serializers.ShipmentOutput(shipment, context=self.get_serializer_context())
        return Response(output.data, status=status.HTTP_201_CREATED)

    def _packed(self, row, held):
        if row["id"] not in held:
            raise ValidationError({"lines": [_("This line belongs to another order.")]})
        return {
            "line": held[row["id"]],
            "lot_number": row["lot_number"],
            "units": row["units"],
            "expires_on": row.get("expires_on"),
        }


class ShipmentViewSet(
    VisibleMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """What left the suppliers; the buyer records here what arrived."""

    serializer_class = serializers.ShipmentOutput
    queryset = Shipment.objects.none()
    lookup_field = "number"
    lookup_value_regex = r"\d{4}-\d{6}-\d+-E\d+"

    def visible(self, rows):
        return rows.select_related("supplier_order").prefetch_related(
            "lines__supplier_line__offer__product"
        )

    @extend_schema(request=serializers.ReceiveInput)
    @action(detail=True, methods=["post"])
    def receive(self, request, number=None):
        shipment, data = self.get_object(), self.read(serializers.ReceiveInput)
        counted = {
            line["id"]: (line["received_units"], line.get("refused_units", 0))
            for line in data["lines"]
        }
        operations.receive(shipment, by=request.user, lines=counted, note=data.get("note", ""))
        return self.answer(shipment)


class RoundViewSet(
    VisibleMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Allocation rounds, for the ministry."""

    serializer_class = serializers.RoundOutput
    queryset = AllocationRound.objects.none()

    def visible(self, rows):
        return rows.select_related("policy")

    @extend_schema(request=None, responses={202: serializers.RoundOutput})
    @action(detail=False, methods=["post"])
    def run(self, request):
        """Open a round now; a worker computes it."""
        if not request.user.has_ministry_role(MinistryRole.ALLOCATOR):
            raise NotPermitted
        round_ = rounds.open_round(trigger=RoundTrigger.MINISTRY, by=request.user)
        if round_ is None:
            raise StaleState(_("Nothing waits for a round, or one is running already."))
        wake(round_.pk)
        return self.answer(round_, status.HTTP_202_ACCEPTED)
