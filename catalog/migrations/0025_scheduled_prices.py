"""Prices to come, and the history of prices, which is append-only like the stock ledger."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0024_stock_confirmed"),
        ('journal', '0002_append_only'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ScheduledPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('takes_effect_on', models.DateField(verbose_name='from')),
                ('unit_price_eur', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='unit price (€ excl. tax)')),
                ('tiers', models.JSONField(null=True, verbose_name='lower prices for large quantities')),
                ('status', models.CharField(choices=[('SCHEDULED', 'to come'), ('APPLIED', 'applied'), ('REFUSED', 'not applied'), ('CANCELED', 'canceled')], default='SCHEDULED', max_length=10, verbose_name='status')),
                ('set_at', models.DateTimeField(auto_now_add=True, verbose_name='entered')),
                ('decided_at', models.DateTimeField(null=True, verbose_name='applied, not applied or canceled')),
                ('refusal', models.TextField(blank=True, verbose_name='why it was not applied')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scheduled_prices', to='catalog.offer')),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
            ],
            options={
                'verbose_name': 'price to come',
                'verbose_name_plural': 'prices to come',
                'ordering': ['offer_id', 'takes_effect_on', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PriceChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='when')),
                ('before_eur', models.DecimalField(decimal_places=4, max_digits=12, null=True, verbose_name='from (€ excl. tax)')),
                ('after_eur', models.DecimalField(decimal_places=4, max_digits=12, verbose_name='to (€ excl. tax)')),
                ('before_tiers', models.JSONField(default=list)),
                ('after_tiers', models.JSONField(default=list)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by')),
                ('offer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='price_changes', to='catalog.offer')),
                ('scheduled', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='change', to='catalog.scheduledprice')),
            ],
            options={
                'verbose_name': 'change of price',
                'verbose_name_plural': 'price history',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddIndex(
            model_name='scheduledprice',
            index=models.Index(condition=models.Q(('status', 'SCHEDULED')), fields=['takes_effect_on'], name='scheduled_by_day'),
        ),
        migrations.AddConstraint(
            model_name='scheduledprice',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'SCHEDULED')), fields=('offer', 'takes_effect_on'), name='scheduled_once_a_day', violation_error_message='One price a day: cancel the other one first.'),
        ),
        migrations.AddConstraint(
            model_name='scheduledprice',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['SCHEDULED', 'APPLIED', 'REFUSED', 'CANCELED'])), name='scheduled_status_known'),
        ),
        migrations.AddConstraint(
            model_name='scheduledprice',
            constraint=models.CheckConstraint(condition=models.Q(('unit_price_eur__gte', 0)), name='scheduled_price_not_negative', violation_error_message='A price is not negative; 0 is a donation.'),
        ),
        migrations.AddConstraint(
            model_name='scheduledprice',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'SCHEDULED'), ('decided_at__isnull', False), _connector='XOR'), name='scheduled_or_decided'),
        ),
        migrations.AddConstraint(
            model_name='scheduledprice',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'REFUSED'), ('refusal', ''), _connector='XOR'), name='scheduled_refusal_has_reason'),
        ),
        migrations.AddConstraint(
            model_name='pricechange',
            constraint=models.CheckConstraint(condition=models.Q(('before_eur', None), models.Q(('before_eur', models.F('after_eur')), _negated=True), models.Q(('before_tiers', models.F('after_tiers')), _negated=True), _connector='OR'), name='pricechange_changes_something'),
        ),
        migrations.RunSQL(
            """
            CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON catalog_pricechange
                FOR EACH ROW EXECUTE FUNCTION refuse_change();
            CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON catalog_pricechange
                FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
            """,
            """
            DROP TRIGGER append_only ON catalog_pricechange;
            DROP TRIGGER append_only_truncate ON catalog_pricechange;
            """,
        ),
    ]
