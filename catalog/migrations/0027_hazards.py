"""How dangerous goods travel: UN number, class and packing group of a sheet."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0026_former_gtins"),
        ('suppliers', '0004_notified_bodies'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='hazard_class',
            field=models.CharField(blank=True, choices=[('1', '1 – explosives'), ('2', '2 – gases'), ('3', '3 – flammable liquids'), ('4.1', '4.1 – flammable solids'), ('4.2', '4.2 – spontaneously combustible'), ('4.3', '4.3 – flammable gases on contact with water'), ('5.1', '5.1 – oxidising'), ('5.2', '5.2 – organic peroxides'), ('6.1', '6.1 – toxic'), ('6.2', '6.2 – infectious'), ('7', '7 – radioactive'), ('8', '8 – corrosive'), ('9', '9 – miscellaneous')], max_length=3, verbose_name='hazard class (ADR)'),
        ),
        migrations.AddField(
            model_name='product',
            name='packing_group',
            field=models.CharField(blank=True, choices=[('I', 'I – high danger'), ('II', 'II – medium danger'), ('III', 'III – low danger')], max_length=3, verbose_name='packing group'),
        ),
        migrations.AddField(
            model_name='product',
            name='un_number',
            field=models.CharField(blank=True, max_length=4, validators=[django.core.validators.RegexValidator('^[0-9]{4}$', 'A UN number has four digits, without “UN”: 1170.')], verbose_name='UN number'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('un_number', ''), ('un_number__regex', '^[0-9]{4}$'), _connector='OR'), name='product_un_number_of_four_digits', violation_error_message='A UN number has four digits, without “UN”: 1170.'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(('hazard_class__in', ['', '1', '2', '3', '4.1', '4.2', '4.3', '5.1', '5.2', '6.1', '6.2', '7', '8', '9']), ('packing_group__in', ['', 'I', 'II', 'III'])), name='product_hazard_known'),
        ),
        migrations.AddConstraint(
            model_name='product',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('packing_group', ''), ('un_number', '')), models.Q(models.Q(('un_number', ''), _negated=True), models.Q(('hazard_class', ''), _negated=True)), _connector='OR'), name='product_hazard_complete', violation_error_message='A UN number goes with a hazard class, a packing group with both.'),
        ),
    ]
