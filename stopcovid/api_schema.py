"""How the API describes itself: one shape for all errors."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class ApiError(serializers.Serializer):
    """One thing that is wrong, a word for machines and a sentence for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class ApiErrors(serializers.Serializer):
    """The body of every answer from 400 on."""

    type = serializers.ChoiceField(["validation_error", "client_error", "server_error"])
    errors = ApiError(many=True)


class Schema(AutoSchema):
    """Adds to each operation the errors that it can answer."""

    def _get_response_bodies(self, direction: str = "response") -> dict[str, Any]:
        bodies = super()._get_response_bodies(direction)
        if direction == "response":
            for code in self._error_codes():
                bodies.setdefault(code, self._get_response_for_code(ApiErrors, code))
        return bodies

    def _error_codes(self) -> list[str]:
        writes = ["400", "409"] if self.method in {"POST", "PUT", "PATCH"} else []
        return [*writes, "401", "404", "429"]
