"""Safety data sheets and photos of product sheets."""

import catalog.models.files
import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0029_imports_of_offers"),
        ('suppliers', '0004_notified_bodies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='category',
            name='needs_safety_sheet',
            field=models.BooleanField(default=False, help_text='Before a sheet is accepted here.', verbose_name='safety data sheet required'),
        ),
        migrations.CreateModel(
            name='SheetFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('SAFETY', 'safety data sheet'), ('PHOTO', 'photo')], max_length=10, verbose_name='kind')),
                ('file', models.FileField(upload_to=catalog.models.files.sheet_file_path, verbose_name='file')),
                ('alt', models.CharField(blank=True, max_length=200, verbose_name='what the photo shows')),
                ('original_name', models.CharField(max_length=200, verbose_name='name')),
                ('content_type', models.CharField(max_length=60, verbose_name='type')),
                ('size_bytes', models.PositiveBigIntegerField(verbose_name='size')),
                ('sha256', models.CharField(max_length=64, verbose_name='fingerprint')),
                ('status', models.CharField(choices=[('PENDING', 'to be looked at'), ('ACCEPTED', 'accepted'), ('REJECTED', 'rejected')], default='PENDING', max_length=10, verbose_name='status')),
                ('reason_text', models.TextField(blank=True, verbose_name='explanation')),
                ('handed_in_at', models.DateTimeField(auto_now_add=True, verbose_name='handed in')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('handed_in_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='catalog.product')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='suppliers.supplier', verbose_name='handed in by')),
            ],
            options={
                'verbose_name': 'file of a sheet',
                'verbose_name_plural': 'files of sheets',
                'ordering': ['-pk'],
                'constraints': [models.UniqueConstraint(fields=('product', 'sha256'), name='sheetfile_once_per_sheet', violation_error_message='This very file is with the sheet already.'), models.CheckConstraint(condition=models.Q(models.Q(('content_type', 'application/pdf'), ('kind', 'SAFETY')), models.Q(('content_type', 'image/jpeg'), ('kind', 'PHOTO')), _connector='OR'), name='sheetfile_of_its_type'), models.CheckConstraint(condition=models.Q(models.Q(('kind', 'PHOTO'), _negated=True), models.Q(('alt', ''), _negated=True), _connector='OR'), name='sheetfile_photo_described', violation_error_message='Say what the photo shows, for those who cannot see.'), models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'ACCEPTED', 'REJECTED'])), name='sheetfile_status_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('status', 'PENDING')), models.Q(models.Q(('status', 'PENDING'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='sheetfile_pending_or_decided'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'REJECTED'), _negated=True), models.Q(('reason_text', ''), _negated=True), _connector='OR'), name='sheetfile_refusal_has_reason', violation_error_message='A reason is needed.')],
            },
        ),
        migrations.RunSQL(
            """
            UPDATE catalog_category SET needs_safety_sheet = true
            WHERE slug IN ('hygiene-des-mains', 'ethanol', 'isopropanol')
            """,
            migrations.RunSQL.noop,
            elidable=True,
        ),
    ]
