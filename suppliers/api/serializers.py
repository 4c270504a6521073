from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from suppliers.checklist import missing
from suppliers.enums import CERTIFIED_STANDARDS, Activity, DocumentKind, GelRegime
from suppliers.models import Certificate, Document, Requirement, Submission, Supplier


class SupplierInput(serializers.Serializer):
    """What a manager fills in; the rules are the operation's."""

    name = serializers.CharField(max_length=200)
    siret = serializers.CharField(max_length=20)
    street = serializers.CharField(max_length=200, required=False, allow_blank=True)
    postcode = serializers.CharField(max_length=6, required=False, allow_blank=True)
    city = serializers.CharField(max_length=100, required=False, allow_blank=True)
    department = serializers.CharField(max_length=3, required=False, allow_blank=True)
    phone = serializers.CharField(max_length=20, required=False, allow_blank=True)
    activities = serializers.ListField(
        child=serializers.ChoiceField(choices=Activity.choices), required=False
    )
    gel_regime = serializers.ChoiceField(
        choices=GelRegime.choices, required=False, allow_blank=True
    )


class SupplierListOutput(serializers.ModelSerializer):
    class Meta:
        model = Supplier
        fields = [
            "public_id",
            "name",
            "siret",
            "siret_check",
            "street",
            "postcode",
            "city",
            "department",
            "phone",
            "activities",
            "gel_regime",
            "status",
            "reason_code",
            "reason_text",
            "created_at",
            "submitted_at",
            "decided_at",
        ]
        read_only_fields = fields


class SupplierOutput(SupplierListOutput):
    """One file, with what it still lacks."""

    missing = serializers.SerializerMethodField()

    class Meta(SupplierListOutput.Meta):
        fields = [*SupplierListOutput.Meta.fields, "missing"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, supplier):
        return [text for text, _url_name in missing(supplier)]


class SupplierReviewOutput(SupplierOutput):
    """What the ministry sees beside."""

    same_files_at = serializers.SerializerMethodField()

    class Meta(SupplierOutput.Meta):
        fields = [
            *SupplierOutput.Meta.fields,
            "called_back_at",
            "call_back_note",
            "same_files_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DictField(child=serializers.ListField()))
    def get_same_files_at(self, supplier):
        """Fingerprint of a file → names of the other suppliers that handed it in."""
        return supplier.documents.same_elsewhere(supplier)


class DocumentInput(serializers.Serializer):
    kind = serializers.ChoiceField(choices=DocumentKind.choices)
    upload = serializers.FileField(allow_empty_file=True)


class DocumentOutput(serializers.ModelSerializer):
    class Meta:
        model = Document
        fields = [
            "public_id",
            "kind",
            "original_name",
            "content_type",
            "size_bytes",
            "sha256",
            "uploaded_at",
        ]
        read_only_fields = fields


class CertificateInput(serializers.Serializer):
    document = serializers.UUIDField(help_text="public_id of a document of this supplier")
    standard = serializers.ChoiceField(choices=CERTIFIED_STANDARDS)
    standard_class = serializers.CharField(
        max_length=20, required=False, allow_blank=True, default=""
    )
    body_number = serializers.RegexField(r"^\d{4}$", required=False, allow_blank=True, default="")
    scope = serializers.CharField(max_length=200)
    issued_on = serializers.DateField()
    expires_on = serializers.DateField()


class CorrectionInput(CertificateInput):
    certificate = serializers.UUIDField()


class CertificateOutput(serializers.ModelSerializer):
    document = serializers.SlugRelatedField(slug_field="public_id", read_only=True)

    class Meta:
        model = Certificate
        fields = [
            "public_id",
            "document",
            "standard",
            "standard_class",
            "body_number",
            "scope",
            "issued_on",
            "expires_on",
            "status",
        ]
        read_only_fields = fields


class JudgementInput(serializers.Serializer):
    certificate = serializers.UUIDField()
    accepted = serializers.BooleanField()


class AttestInput(serializers.Serializer):
    requirement = serializers.SlugRelatedField(
        slug_field="code", queryset=Requirement.objects.filter(is_active=True)
    )


class AttestOutput(serializers.ModelSerializer):
    requirement = serializers.SlugRelatedField(slug_field="code", read_only=True)

    class Meta:
        model = Submission
        fields = ["requirement", "attested_at"]
        read_only_fields = fields


class CallBackInput(serializers.Serializer):
    note = serializers.CharField(max_length=200)
