"""What all of the API shares: pages of results and the shape of errors."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_standardized_errors.handler import ExceptionHandler as StandardizedHandler
from rest_framework import serializers
from rest_framework.exceptions import APIException
from rest_framework.pagination import PageNumberPagination
from rest_framework.status import HTTP_409_CONFLICT

from core.errors import DomainError


class Pages(PageNumberPagination):
    """24 a page unless asked, at most 100."""

    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100


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


class Refused(APIException):
    """409: the domain refuses; `code` and `attr` come from the DomainError."""

    status_code = HTTP_409_CONFLICT


class ExceptionHandler(StandardizedHandler):
    """Answers a DomainError with 409, its code, its sentence and its field."""

    def convert_known_exceptions(self, exc: Exception) -> Exception:
        if isinstance(exc, DomainError):
            detail = {exc.field: [str(exc)]} if exc.field else str(exc)
            return Refused(detail=detail, code=exc.code)
        return super().convert_known_exceptions(exc)
