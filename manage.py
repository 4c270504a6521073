#!/usr/bin/env python
import os
import secrets
import sys

from django.core.management import execute_from_command_line


OFFLINE = {"allocate", "check_prices"}
"""Commands on files alone: they serve nobody and sign nothing, so they need no configuration."""


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "stopcovid.settings")
    if OFFLINE & set(sys.argv[1:2]):
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
        os.environ.setdefault("ALLOWED_HOSTS", "localhost")
    execute_from_command_line(sys.argv)
