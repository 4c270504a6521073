"""People at their browsers: what they do over and over."""

import os
import re
import time
from pathlib import Path

from allauth.mfa.totp.internal import auth
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect


PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXP"
CODE_SECONDS, SLOW_PAGE_SECONDS = 30, 5
PHONE, DESK = {"width": 375, "height": 800}, {"width": 1280, "height": 900}


class Person:
    """One person with a browser of their own; every page they come to is looked at."""

    def __init__(self, browser, base_url, **context):
        self.context = browser.new_context(base_url=base_url, locale="fr-FR", **context)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.problems: list[str] = []
        self.page.on("console", self._hear)

    def _hear(self, message) -> None:
        if message.type == "error" and "favicon" not in message.location.get("url", ""):
            self.problems.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> None:
        response = self.page.goto(path)
        assert response.status == 200, (path, response.status)

    def look(self, name: str) -> None:
        """No violation that axe can find, nothing wider than a phone; a picture if wanted."""
        page = self.page
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        self._picture(name, "desk")
        page.set_viewport_size(PHONE)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        self._picture(name, "phone")
        page.set_viewport_size(DESK)
        assert wide <= 0, f"{name} is {wide} px wider than a phone"
        assert not self.problems, self.problems

    def _picture(self, name: str, width: str) -> None:
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)

    def fill(self, **values: str | bool | list[str]) -> None:
        for name, value in values.items():
            fields = self.page.locator(f"main [name='{name}']:not([type=hidden])")
            if isinstance(value, list):
                for each in value:
                    self.page.locator(f"main [name='{name}'][value='{each}']").check()
            elif fields.first.evaluate("each => each.tagName") == "SELECT":
                fields.first.select_option(value)
            else:
                fields.first.fill(str(value))

    def send(self, **values: str | bool | list[str]) -> None:
        """Fill the page's own form in and press its button."""
        self.fill(**values)
        first = next(iter(values), None)
        form = self.page.locator("main form", has=self.page.locator(f"[name='{first}']")).first
        form.locator("button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def press(self, action: str) -> None:
        """Press the button of the form that posts to a path ending in `action`."""
        form = self.page.locator(f"main form[action$='{action}']").first
        if not form.is_visible():
            inner = self.page.locator(f"form[action$='{action}']")
            details = self.page.locator("main details", has=inner).first
            details.locator("summary").click()
        form.locator("button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def sign_up(self, mailbox, email: str, name: str) -> None:
        self.open("/accounts/signup/")
        self.look(f"sign-up-{name.split()[0]}")
        self.send(full_name=name, email=email, password1=PASSWORD, password2=PASSWORD)
        link = wait_for(lambda: mailbox.to(email) and mailbox.last_link(email))
        self.page.goto(link)
        self.page.locator("main form button[type=submit]").first.click()
        self.page.wait_for_load_state()

    def sign_in(self, email: str, *, second_factor: bool = False) -> None:
        self.open("/accounts/login/")
        self.send(login=email, password=PASSWORD)
        if second_factor:
            if time.time() % CODE_SECONDS > CODE_SECONDS - SLOW_PAGE_SECONDS:
                time.sleep(SLOW_PAGE_SECONDS)  # or the code is over before it arrives
            counter = next(auth.yield_hotp_counters_from_time())
            code = auth.format_hotp_value(auth.hotp_value(TOTP_SECRET, counter))
            self.send(code=code)
        assert "/accounts/" not in self.page.url, self.page.url

    def reload_until(self, text: str, seconds: float = 30) -> None:
        """Look again and again, as somebody who waits."""
        end = time.monotonic() + seconds
        while not re.search(text, self.page.inner_text("main")):
            assert time.monotonic() < end, f"no “{text}” on {self.page.url}"
            time.sleep(0.5)
            self.page.reload()

    def leave(self) -> None:
        self.page.wait_for_load_state("networkidle")
        self.context.close()


def wait_for(condition, seconds: float = 20):
    """The first true answer of `condition`."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)
    return answer
