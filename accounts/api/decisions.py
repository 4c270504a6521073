from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from accounts.organisations import DecisionReason


DECISIONS = frozenset({"approve", "request_changes", "refuse", "suspend", "reinstate"})


class ReasonInput(serializers.Serializer):
    reason_code = serializers.ChoiceField(choices=DecisionReason.choices)
    reason_text = serializers.CharField()


class OrganisationFile:
    """Mixin of a viewset: the file itself, handed in by its people, decided on by reviewers.

    The viewset names `operations` (its app's module), `input_class`, and serializers for its
    audiences by `list_class`, `own_class` and `review_class`.
    """

    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    filterset_fields = ["status", "department"]
    review_actions = DECISIONS

    def get_serializer_class(self):
        if self.action == "list":
            return self.list_class
        user = getattr(self.request, "user", None)
        reviewed = user is not None and user.is_authenticated and user.has_ministry_role()
        if reviewed or self.action in self.review_actions:
            return self.review_class
        return self.own_class

    def valid_input(self, serializer_class, **kwargs):
        serializer = serializer_class(data=self.request.data, **kwargs)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def answer(self, organisation, code=status.HTTP_200_OK):
        return Response(self.get_serializer(organisation).data, status=code)

    def create(self, request):
        values = self.valid_input(self.input_class)
        made = self.operations.create(by=request.user, **values)
        return self.answer(made, status.HTTP_201_CREATED)

    def partial_update(self, request, public_id):
        values = self.valid_input(self.input_class, partial=True)
        return self.answer(self.operations.update(self.get_object(), by=request.user, **values))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def submit(self, request, public_id):
        """Hand the file in to the ministry."""
        return self.answer(self.operations.submit(self.get_object(), by=request.user))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def approve(self, request, public_id):
        """Let it trade; for reviewers."""
        return self.answer(self.operations.approve(self.get_object(), by=request.user))

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def request_changes(self, request, public_id):
        """Send the file back to its people, with a reason; for reviewers."""
        return self._decide(self.operations.request_changes)

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def refuse(self, request, public_id):
        """Refuse for good, with a reason; for reviewers."""
        return self._decide(self.operations.refuse)

    @extend_schema(request=ReasonInput)
    @action(detail=True, methods=["post"])
    def suspend(self, request, public_id):
        """Stop it from trading, with a reason; for reviewers."""
        return self._decide(self.operations.suspend)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reinstate(self, request, public_id):
        """Let it trade again after a suspension; for reviewers."""
        return self.answer(self.operations.reinstate(self.get_object(), by=request.user))

    def _decide(self, operation):
        organisation = self.get_object()
        values = self.valid_input(ReasonInput)
        return self.answer(operation(organisation, by=self.request.user, **values))
