"""Shows the code that a demo account's authenticator would show; it is verified as any other."""

import time
from dataclasses import dataclass

from allauth.mfa import app_settings
from allauth.mfa.totp.internal import auth
from django.core.cache import cache

from accounts.models import User
from stopcovid.demo.accounts import listed


@dataclass(frozen=True)
class DemoCode:
    """A code that works now, or the time until the next one."""

    code: str
    wait_seconds: int


def demo_code(user: User) -> DemoCode | None:
    """A code that was not used yet and lives longest; None but for demo accounts.

    Where the site tolerates a neighbouring period (the demo does), two codes can be offered in
    each; the one of the period before would end too soon to be read and entered.
    """
    account = next((each for each in listed() if each.email == user.email), None)
    if account is None or not account.totp_secret:
        return None
    now = int(time.time()) // app_settings.TOTP_PERIOD
    for counter in range(now, now + app_settings.TOTP_TOLERANCE + 1):
        code = auth.format_hotp_value(auth.hotp_value(account.totp_secret, counter))
        if not cache.get(f"allauth.mfa.totp.used?user={user.pk}&code={code}"):
            return DemoCode(code, 0)
    period = app_settings.TOTP_PERIOD
    return DemoCode("", period - int(time.time()) % period)
