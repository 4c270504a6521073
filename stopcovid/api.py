"""What all of the API shares: pages of results and the shape of errors."""

from drf_standardized_errors.handler import ExceptionHandler as StandardizedHandler
from rest_framework.exceptions import APIException
from rest_framework.pagination import PageNumberPagination
from rest_framework.status import HTTP_409_CONFLICT

from core.errors import DomainError


class Pages(PageNumberPagination):
    """24 a page unless asked, at most 100."""

    page_size = 24
    page_size_query_param = "page_size"
    max_page_size = 100


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
