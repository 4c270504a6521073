from django.http import QueryDict
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response

from buyers.models import Buyer
from catalog import operations, watching
from catalog.enums import AlertPace
from catalog.models import MAX_HITS, SavedSearch


class SavedSearchOutput(serializers.ModelSerializer):
    buyer = serializers.SlugRelatedField("public_id", read_only=True)
    hits = serializers.SerializerMethodField(
        help_text=f"Sheets found today; null: more than {MAX_HITS}."
    )
    new_hits = serializers.SerializerMethodField(
        help_text="Those that came since the search was last opened."
    )

    class Meta:
        model = SavedSearch
        fields = [
            "public_id",
            "name",
            "querystring",
            "buyer",
            "alerts",
            "is_broken",
            "hits",
            "new_hits",
            "seen_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_hits(self, search):
        found = self.context["hits"][search.pk]
        return None if found.is_too_wide else len(found.ids)

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_new_hits(self, search):
        found = self.context["hits"][search.pk]
        return None if found.is_too_wide else search.news(found)


class SavedSearchInput(serializers.Serializer):
    name = serializers.CharField(max_length=80)
    querystring = serializers.CharField(
        max_length=2000, help_text="The filters of GET /products/, as in its address."
    )
    buyer = serializers.SlugRelatedField(
        slug_field="public_id",
        queryset=Buyer.objects.none(),
        required=False,
        help_text="Whose limits apply; needed only by people of several establishments.",
    )

    def get_fields(self):
        fields = super().get_fields()
        request = self.context.get("request")
        if request and request.user.is_authenticated:
            fields["buyer"].queryset = Buyer.objects.filter(members__user=request.user)
        return fields

    def validate(self, attrs):
        """Without `buyer`: the one establishment that the person belongs to, if there is one."""
        if "buyer" not in attrs:
            own = list(self.fields["buyer"].queryset[:2])
            attrs["buyer"] = own[0] if len(own) == 1 else None
        return attrs


class AlertsInput(serializers.Serializer):
    alerts = serializers.ChoiceField(AlertPace.choices)


class SavedSearchViewSet(
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """One's own saved searches, with what they find today."""

    serializer_class = SavedSearchOutput
    lookup_field = "public_id"
    pagination_class = None
    filter_backends = []
    queryset = SavedSearch.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return SavedSearch.objects.none()
        return SavedSearch.objects.visible_to(self.request.user).for_listing()

    def list(self, request):
        return Response(self._shown(list(self.get_queryset())))

    def retrieve(self, request, public_id=None):
        return Response(self._shown([self.get_object()])[0])

    @extend_schema(request=SavedSearchInput, responses={201: SavedSearchOutput})
    def create(self, request):
        """Keep a search; what it finds today is no news."""
        given = SavedSearchInput(data=request.data, context=self.get_serializer_context())
        given.is_valid(raise_exception=True)
        values = given.validated_data
        search = watching.keep(
            request.user,
            buyer=values["buyer"],
            name=values["name"],
            asked=QueryDict(values["querystring"].lstrip("?")),
        )
        return Response(self._fresh(search), status=status.HTTP_201_CREATED)

    def destroy(self, request, public_id=None):
        operations.delete_search(self.get_object(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=AlertsInput, responses=SavedSearchOutput)
    @action(detail=True, methods=["post"])
    def alerts(self, request, public_id=None):
        """Choose how soon to hear of new hits."""
        given = AlertsInput(data=request.data)
        given.is_valid(raise_exception=True)
        search, hits = self._found()
        return Response(
            self._fresh(
                operations.set_alerts(search, by=request.user, hits=hits, **given.validated_data)
            )
        )

    @extend_schema(request=None, responses=SavedSearchOutput)
    @action(detail=True, methods=["post"])
    def seen(self, request, public_id=None):
        """Nothing of what it finds now is new any more."""
        search, hits = self._found()
        return Response(self._fresh(operations.mark_seen(search, by=request.user, hits=hits)))

    def _found(self):
        search = self.get_object()
        return search, watching.hits_of([search])[search.pk]

    def _fresh(self, search):
        return self._shown([self.get_queryset().get(pk=search.pk)])[0]

    def _shown(self, searches):
        context = {**self.get_serializer_context(), "hits": watching.hits_of(searches)}
        return SavedSearchOutput(searches, many=True, context=context).data
