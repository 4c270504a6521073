from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.api.decisions import OrganisationFile
from buyers import operations
from buyers.api import serializers
from buyers.models import Buyer, Site


@extend_schema_view(
    create=extend_schema(request=serializers.BuyerInput, responses={201: serializers.BuyerOutput}),
    partial_update=extend_schema(request=serializers.BuyerInput),
)
class BuyerViewSet(
    OrganisationFile,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Establishments: their own people see their own, the ministry all."""

    operations = operations
    input_class = serializers.BuyerInput
    list_class = serializers.BuyerListOutput
    own_class = review_class = serializers.BuyerOutput
    filterset_fields = ["status", "kind", "department"]

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Buyer.objects.none()
        return Buyer.objects.visible_to(self.request.user)

    @extend_schema(methods=["get"], responses=serializers.MemberOutput(many=True), filters=False)
    @extend_schema(
        methods=["post"],
        request=serializers.MemberInput,
        responses={201: serializers.MemberOutput},
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def members(self, request, public_id):
        """List the members, or add a person who has an account."""
        buyer = self.get_object()
        if request.method == "GET":
            rows = buyer.members.select_related("user")
            return Response(serializers.MemberOutput(rows, many=True).data)
        values = self.valid_input(serializers.MemberInput)
        member = operations.add_member(buyer, by=request.user, **values)
        return Response(serializers.MemberOutput(member).data, status.HTTP_201_CREATED)

    @extend_schema(request=serializers.RemovalInput, responses={204: None})
    @action(detail=True, methods=["post"])
    def remove_member(self, request, public_id):
        """Remove a person; the last manager stays."""
        buyer = self.get_object()
        values = self.valid_input(serializers.RemovalInput)
        member = get_object_or_404(
            buyer.members.select_related("user"), user__email__iexact=values["user_email"]
        )
        operations.remove_member(buyer, by=request.user, member=member)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    create=extend_schema(
        request=serializers.NewSiteInput, responses={201: serializers.SiteOutput}
    ),
    partial_update=extend_schema(request=serializers.SiteInput),
)
class SiteViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Places of delivery."""

    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    filterset_fields = ["department"]
    serializer_class = serializers.SiteOutput

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Site.objects.none()
        return Site.objects.visible_to(self.request.user).select_related("buyer")

    def create(self, request):
        values = self._valid_input(serializers.NewSiteInput)
        buyer = get_object_or_404(
            Buyer.objects.visible_to(request.user), public_id=values.pop("buyer")
        )
        site = operations.add_site(buyer, by=request.user, **values)
        return Response(self.get_serializer(site).data, status.HTTP_201_CREATED)

    def partial_update(self, request, public_id):
        site = self.get_object()
        values = self._valid_input(serializers.SiteInput, partial=True)
        site = operations.update_site(site, by=request.user, **values)
        return Response(self.get_serializer(site).data)

    def _valid_input(self, serializer_class, **kwargs):
        serializer = serializer_class(data=self.request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data
