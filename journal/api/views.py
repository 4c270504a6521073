from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from journal import operations
from journal.models import Delivery
from journal.notifications import headline


class NotificationSerializer(serializers.ModelSerializer):
    verb = serializers.CharField(source="event.verb")
    at = serializers.DateTimeField(source="event.at")
    headline = serializers.SerializerMethodField()
    payload = serializers.DictField(source="event.payload")

    class Meta:
        model = Delivery
        fields = ["id", "verb", "at", "headline", "payload", "read_at"]

    def get_headline(self, delivery: Delivery) -> str:
        return headline(delivery.event)


class NotificationViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet
):
    """What this account was told, newest first."""

    serializer_class = NotificationSerializer
    queryset = Delivery.objects.none()

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Delivery.objects.none()
        return Delivery.objects.inbox(self.request.user)

    @extend_schema(request=None, responses=NotificationSerializer)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str | None = None) -> Response:
        delivery = self.get_object()
        operations.mark_read(Delivery.objects.filter(pk=delivery.pk), at=timezone.now())
        delivery.refresh_from_db()
        return Response(self.get_serializer(delivery).data)
