"""The few tags that templates need everywhere."""

from django import template


register = template.Library()
