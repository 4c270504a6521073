from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import JSONParser, MultiPartParser
from rest_framework.response import Response

from accounts.api.decisions import DECISIONS, OrganisationFile
from suppliers import operations
from suppliers.api import serializers
from suppliers.models import Supplier


@extend_schema_view(
    create=extend_schema(
        request=serializers.SupplierInput, responses={201: serializers.SupplierOutput}
    ),
    partial_update=extend_schema(request=serializers.SupplierInput),
)
class SupplierViewSet(
    OrganisationFile,
    mixins.ListModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet,
):
    """Companies: their own people see their own, the ministry all."""

    operations = operations
    input_class = serializers.SupplierInput
    list_class = serializers.SupplierListOutput
    own_class = serializers.SupplierOutput
    review_class = serializers.SupplierReviewOutput
    review_actions = DECISIONS | {"record_call_back"}

    def get_queryset(self):
        if getattr(self, "swagger_fake_view", False):
            return Supplier.objects.none()
        return Supplier.objects.visible_to(self.request.user)

    @extend_schema(request=serializers.AttestInput, responses=serializers.AttestOutput)
    @action(detail=True, methods=["post"])
    def attest(self, request, public_id):
        """Sign a statement; the same one twice is one."""
        supplier = self.get_object()
        values = self.valid_input(serializers.AttestInput)
        submission = operations.attest(supplier, by=request.user, **values)
        return Response(serializers.AttestOutput(submission).data)

    @extend_schema(methods=["get"], responses=serializers.DocumentOutput(many=True), filters=False)
    @extend_schema(
        methods=["post"],
        request={"multipart/form-data": serializers.DocumentInput},
        responses={201: serializers.DocumentOutput},
    )
    @action(
        detail=True,
        methods=["get", "post"],
        parser_classes=[MultiPartParser, JSONParser],
        pagination_class=None,
    )
    def documents(self, request, public_id):
        """List what was handed in, or hand in one file (multipart)."""
        supplier = self.get_object()
        if request.method == "GET":
            return Response(serializers.DocumentOutput(supplier.documents.all(), many=True).data)
        values = self.valid_input(serializers.DocumentInput)
        document = operations.add_document(supplier, by=request.user, **values)
        return Response(serializers.DocumentOutput(document).data, status.HTTP_201_CREATED)

    @extend_schema(
        methods=["get"], responses=serializers.CertificateOutput(many=True), filters=False
    )
    @extend_schema(
        methods=["post"],
        request=serializers.CertificateInput,
        responses={201: serializers.CertificateOutput},
    )
    @action(detail=True, methods=["get", "post"], pagination_class=None)
    def certificates(self, request, public_id):
        """List the certificates, or enter one."""
        supplier = self.get_object()
        if request.method == "GET":
            rows = supplier.certificates.select_related("document")
            return Response(serializers.CertificateOutput(rows, many=True).data)
        values = self.valid_input(serializers.CertificateInput)
        document = get_object_or_404(supplier.documents, public_id=values.pop("document"))
        certificate = operations.add_certificate(
            supplier, by=request.user, document=document, **values
        )
        return Response(serializers.CertificateOutput(certificate).data, status.HTTP_201_CREATED)

    @extend_schema(request=serializers.CorrectionInput, responses=serializers.CertificateOutput)
    @action(detail=True, methods=["post"])
    def correct_certificate(self, request, public_id):
        """Change what stands on one certificate; a reviewer looks at it again."""
        supplier = self.get_object()
        values = self.valid_input(serializers.CorrectionInput)
        certificates = supplier.certificates.all()
        certificate = get_object_or_404(certificates, public_id=values.pop("certificate"))
        document = get_object_or_404(supplier.documents, public_id=values.pop("document"))
        certificate = operations.correct_certificate(
            certificate, by=request.user, document=document, **values
        )
        return Response(serializers.CertificateOutput(certificate).data)

    @extend_schema(request=serializers.JudgementInput, responses=serializers.CertificateOutput)
    @action(detail=True, methods=["post"])
    def judge_certificate(self, request, public_id):
        """Accept or reject one certificate; for reviewers."""
        supplier = self.get_object()
        values = self.valid_input(serializers.JudgementInput)
        certificate = get_object_or_404(supplier.certificates, public_id=values["certificate"])
        certificate = operations.judge_certificate(
            certificate, by=request.user, accepted=values["accepted"]
        )
        return Response(serializers.CertificateOutput(certificate).data)

    @extend_schema(request=serializers.CallBackInput)
    @action(detail=True, methods=["post"])
    def record_call_back(self, request, public_id):
        """Note who was reached at the company; for reviewers."""
        supplier = self.get_object()
        values = self.valid_input(serializers.CallBackInput)
        return self.answer(operations.record_call_back(supplier, by=request.user, **values))
