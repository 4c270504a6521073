from django.db.models import Exists, OuterRef
from django.shortcuts import redirect
from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from django_filters.utils import translate_validation
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from catalog import attributes, exports
from catalog.api import figures, shelves
from catalog.api.files import ExportMixin
from catalog.availability import sellable
from catalog.filters import ProductFilter
from catalog.models import Category, Product, SheetFacts
from catalog.prices import RuleBook
from catalog.search.found import Found
from catalog.search.terms import Reader, buyer_of
from catalog.supply import supply_of


class CategoryViewSet(mixins.ListModelMixin, viewsets.GenericViewSet):
    """The shelves of the catalogue; public."""

    permission_classes = [AllowAny]
    serializer_class = shelves.CategoryOutput
    queryset = Category.objects.select_related("parent").order_by("position", "slug")

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "attributes": attributes.by_category()}


class Search(DjangoFilterBackend):
    """The filters of the catalogue's page, as this reader may use them."""

    def get_filterset_class(self, view, queryset=None):
        return ProductFilter

    def get_filterset_kwargs(self, request, queryset, view):
        given = super().get_filterset_kwargs(request, queryset, view)
        return given | {"reader": Reader.of_user(request.user)}

    def filter_queryset(self, request, queryset, view):
        """One sheet is asked for by its name alone."""
        if view.action == "retrieve":
            return queryset
        return super().filter_queryset(request, queryset, view)


class ProductViewSet(
    ExportMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """Product sheets; public, without prices.

    Filters on prices, stock and delivery work for approved buyers and the ministry. A buyer finds
    what it may buy, in its own department unless it names another. Within a category each
    property that takes one of a few values is a filter as well: `property_` and its key, the value
    as `/categories/` lists it, or true and false.
    """

    permission_classes = [AllowAny]
    serializer_class = shelves.ProductOutput
    filter_backends = [Search]
    lookup_field = "slug"
    queryset = Product.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Product.objects.none()
        user = self.request.user
        if self.action == "retrieve":
            offered = sellable(RuleBook(timezone.localdate()))
            return (
                Product.objects.visible_to(user)
                .select_related("category")
                .annotate(is_offered=Exists(offered.filter(product=OuterRef("pk")).order_by()))
            )
        return SheetFacts.objects.visible_to(user).for_listing()

    def list(self, request, *args, **kwargs):
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        for sheet in page:
            sheet.product.is_offered = bool(sheet.offers)
        shown = self.get_serializer([sheet.product for sheet in page], many=True)
        return self.get_paginated_response(shown.data)

    @extend_schema(filters=True, responses=figures.CountsOutput)
    @action(detail=False, pagination_class=None)
    def facets(self, request):
        """How many sheets each further choice would leave; each facet counted without itself."""
        chosen = Search().get_filterset(request, self.get_queryset(), self)
        if not chosen.is_valid():
            raise translate_validation(chosen.errors)
        return Response(figures.CountsOutput(Found(chosen).counts).data)

    def retrieve(self, request, *args, **kwargs):
        """One sheet; the address of one that was merged leads to the sheet that stayed."""
        moved = Product.objects.merged_from(kwargs["slug"]).first()
        if moved:
            return redirect("api:product-detail", moved.slug, permanent=True)
        return super().retrieve(request, *args, **kwargs)

    @extend_schema(responses=figures.SupplyOutput(many=True), filters=True)
    @action(detail=False, pagination_class=None)
    def supply(self, request):
        """How many of the sheets are delivered to each department; units for who sees stock.

        For people of an approved establishment: what it can order today.
        """
        buyer = buyer_of(request.user)
        sees_stock = Reader.of_user(request.user).sees_terms
        rules = RuleBook(timezone.localdate())
        rows = self.filter_queryset(self.get_queryset())
        found = supply_of(rows, buyer=buyer, sees_stock=sees_stock, rules=rules)
        return Response(figures.SupplyOutput(found, many=True).data)

    def export_table(self, rows):
        reader = Reader.of_user(self.request.user)
        return exports.sheets_table(rows, sees_prices=reader.sees_terms, day=timezone.localdate())
