from collections import Counter

import django_filters
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.response import Response

from catalog import exports, operations
from catalog.api import production, serializers, sheets, stock as stock_api
from catalog.api.files import ExportMixin
from catalog.enums import OfferStatus
from catalog.models import Offer, StockMovement
from catalog.prices import RuleBook
from core.places import department_choices
from suppliers.models import Supplier


class OfferFilter(django_filters.FilterSet):
    product = django_filters.CharFilter("product__slug", max_length=80)
    status = django_filters.ChoiceFilter(choices=OfferStatus.choices)
    department = django_filters.ChoiceFilter(choices=department_choices, method="served")
    in_stock = django_filters.BooleanFilter(method="available")

    class Meta:
        model = Offer
        fields = []

    def served(self, queryset, _name, value: str):
        return queryset.serving(value)

    def available(self, queryset, _name, value):
        return queryset.in_stock() if value else queryset


EITHER_OFFER = PolymorphicProxySerializer(
    component_name="OfferOutput",
    serializers=[serializers.SupplierOffer, serializers.BuyerOffer],
    resource_type_field_name=None,
)


@extend_schema(responses=EITHER_OFFER)
class OfferViewSet(
    ExportMixin,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Offers: a supplier's own in full; for approved buyers, what is on sale."""

    serializer_class = serializers.SupplierOffer
    filterset_class = OfferFilter
    lookup_field = "public_id"
    queryset = Offer.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Offer.objects.none()
        offers = (
            Offer.objects.visible_to(self.request.user)
            .for_listing()
            .with_tiers()
            .with_production()
        )
        if self.action in ("list", "retrieve", "export"):
            return offers
        return offers.filter(supplier__in=self._own_suppliers())

    def list(self, request, *args, **kwargs):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self._shown(page))

    def export_table(self, rows):
        rules = RuleBook(timezone.localdate())
        return exports.offers_table(rows, user=self.request.user, rules=rules)

    def retrieve(self, request, *args, **kwargs):
        return Response(self._shown([self.get_object()])[0])

    @extend_schema(request=serializers.OfferInput, responses={201: serializers.SupplierOffer})
    def create(self, request):
        """Prepare a draft; `publish` puts it on sale."""
        if not self._own_suppliers():
            raise PermissionDenied
        values = self._validated(serializers.OfferInput)
        offer = operations.create_offer(values.pop("supplier"), by=request.user, **values)
        return Response(self._own(offer), status=status.HTTP_201_CREATED)

    @extend_schema(request=serializers.TermsInput, responses=serializers.SupplierOffer)
    def partial_update(self, request, public_id=None):
        """Change terms; on an offer on sale the price is held against today's ceiling again."""
        own = self.get_object()
        values = self._validated(serializers.TermsInput, partial=True)
        return Response(self._own(operations.update_offer(own, by=request.user, **values)))

    @extend_schema(request=None, responses=serializers.SupplierOffer)
    @action(detail=True, methods=["post"])
    def publish(self, request, public_id=None):
        """Put on sale: price and certificate are checked against today."""
        return Response(self._own(operations.publish(self.get_object(), by=request.user)))

    @extend_schema(request=None, responses=serializers.SupplierOffer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request, public_id=None):
        """Take off sale; orders already taken stay valid."""
        return Response(self._own(operations.withdraw(self.get_object(), by=request.user)))

    @extend_schema(request=stock_api.StockInput, responses=serializers.SupplierOffer)
    @action(detail=True, methods=["post"])
    def declare_stock(self, request, public_id=None):
        """Set the stock to what was counted, promised units included."""
        own = self.get_object()
        values = self._validated(stock_api.StockInput)
        return Response(self._own(operations.declare_stock(own, by=request.user, **values)))

    @extend_schema(
        request=sheets.StockSheetShape, responses=sheets.StockSheetOutput, filters=False
    )
    @action(detail=False, methods=["post"], url_path="stock", pagination_class=None)
    def stock(self, request):
        """Counts, prices and lead times of up to 1,000 offers; a refused row holds up no other."""
        if not self._own_suppliers():
            raise PermissionDenied
        rows = self._validated(sheets.StockSheetInput)["rows"]
        answers = sheets.revise(rows, own=self.get_queryset(), by=request.user)
        results = Counter(answer["result"] for answer in answers)
        return Response(
            {"saved": results["saved"], "refused": results["refused"], "rows": answers}
        )

    @extend_schema(
        request=stock_api.ConfirmInput, responses=stock_api.ConfirmOutput, filters=False
    )
    @action(detail=False, methods=["post"], pagination_class=None)
    def confirm_stock(self, request):
        """Say that the stock is still right, so that the offers stay on sale."""
        named = set(self._validated(stock_api.ConfirmInput)["offers"])
        own = self.get_queryset()
        found = own.filter(public_id__in=named) if named else own
        if not self._own_suppliers() or len(found) < len(named):
            raise PermissionDenied
        done = [
            operations.confirm_stock(each, by=request.user, offers=named)
            for each in Supplier.objects.filter(pk__in=found.values("supplier")).order_by("pk")
        ]
        return Response({"confirmed": sum(done)})

    @extend_schema(request=production.ProductionInput, responses=serializers.SupplierOffer)
    @action(detail=True, methods=["post"])
    def production(self, request, public_id=None):
        """Declare the units to be made in each ISO week; they cannot be ordered yet."""
        own = self.get_object()
        values = self._validated(production.ProductionInput)
        operations.plan_production(own, by=request.user, **values)
        return Response(self._own(self.get_object()))

    def _own_suppliers(self):
        seats = self.request.user.supplier_memberships
        return set(seats.values_list("supplier_id", flat=True))

    def _validated(self, kind, **options):
        given = kind(data=self.request.data, context=self.get_serializer_context(), **options)
        given.is_valid(raise_exception=True)
        return given.validated_data

    def _own(self, offer):
        return serializers.SupplierOffer(offer, context=self._context()).data

    def _shown(self, offers):
        """Each offer as its reader may see it."""
        context = self._context()
        own = self._own_suppliers()
        everything = self.request.user.has_ministry_role()
        return [
            (
                serializers.SupplierOffer
                if everything or offer.supplier_id in own
                else serializers.BuyerOffer
            )(offer, context=context).data
            for offer in offers
        ]

    def _context(self):
        return {**self.get_serializer_context(), "rules": RuleBook(timezone.localdate())}


class StockMovementViewSet(ExportMixin, mixins.ListModelMixin, viewsets.GenericViewSet):
    """The stock ledger of one's own offers, newest first."""

    serializer_class = stock_api.StockMovementOutput
    queryset = StockMovement.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return StockMovement.objects.none()
        own = StockMovement.objects.visible_to(self.request.user)
        return own.select_related("offer").order_by("-pk")

    def export_table(self, rows):
        return exports.movements_table(rows)
