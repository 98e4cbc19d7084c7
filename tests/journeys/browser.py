"""A visitor in front of a real browser: Debian's Chromium, the demonstration page, and what is said there by role and name."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import jwt
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, Request, expect, sync_playwright

from bot.settings import ROOT
from tests.journeys.widget_client import an_address

SCREENS = ROOT / "results" / "screens"
"""Where pictures of each state go, to be looked at."""
PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
SOON, REPLY, BACK = 5_000.0, 20_000.0, 60_000.0
"""Longest waits in milliseconds: for the page itself, for a reply, for a server that was killed."""

HELPFUL, USELESS = "Cette réponse m’a aidé", "Cette réponse ne m’a pas aidé"
OFFLINE = "Hors connexion\u202f: votre message partira dès le retour du réseau."

TOKEN = "Object.entries(localStorage).filter(([key]) => key.endsWith(':token')).map(([, value]) => value)[0]"
"""Where the widget keeps its token."""

WATCH = """
window.__violations = [];
document.addEventListener("securitypolicyviolation", (e) => window.__violations.push(`${e.violatedDirective} ${e.blockedURI}`));
"""
"""Put into each page before its own scripts: keeps what the content security policy had to stop."""


class Visits:
    """A browser that visitors share; each has a context, and thus a storage, of their own."""

    def __init__(self, url: str):
        self.url = url

    def __enter__(self) -> Visits:
        found = shutil.which("chromium")
        assert found, "chromium is not installed (apt-get install chromium)"
        self._playwright: Playwright = sync_playwright().start()
        self._browser: Browser = self._playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._browser.close()
        self._playwright.stop()

    def chat(self, **context: Any) -> Chat:
        """Open the demonstration page as a new visitor; `context`: Playwright's options of a browser context."""
        given = {"locale": "fr-FR", "viewport": {"width": 1280, "height": 800}, **context}
        made = self._browser.new_context(extra_http_headers={"X-Forwarded-For": an_address()}, **given)
        made.set_default_timeout(SOON)
        made.add_init_script(WATCH)
        return Chat(made, self.url)


class Chat:
    """One visitor's page. `faults` is what must never happen, whatever is tested."""

    def __init__(self, context: BrowserContext, url: str):
        self.context, self.url = context, url
        self.faults: list[str] = []
        context.on("request", self._requested)
        self.page: Page = self._watched(context.new_page())
        self.page.goto(f"{self.url}/reso/")

    def _watched(self, page: Page) -> Page:
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", self._dialog)
        page.on("popup", lambda popup: self.faults.append(f"popup: {popup.url}"))
        return page

    def _dialog(self, dialog: Any) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:", "about:")):
            self.faults.append(f"request: {request.url}")

    def tab(self) -> Chat:
        """Return another tab of the same visitor."""
        other = object.__new__(Chat)
        other.context, other.url, other.faults = self.context, self.url, self.faults
        other.page = other._watched(self.context.new_page())
        other.page.goto(f"{other.url}/reso/")
        return other

    def leave(self) -> None:
        """Close everything; fail where something happened that must never happen."""
        for page in self.context.pages:
            if page.url.startswith(self.url):
                self.faults += [f"policy: {one}" for one in page.evaluate("window.__violations")]
        self.context.close()
        assert not self.faults, "\n".join(dict.fromkeys(self.faults))

    # --- what is on the page, as assistive techniques see it

    @property
    def launcher(self) -> Locator:
        """The button that opens the conversation."""
        return self.page.get_by_role("button", name=re.compile("^Ouvrir la conversation"))

    @property
    def panel(self) -> Locator:
        """The open conversation."""
        return self.page.get_by_role("dialog", name="Réso, assistant virtuel")

    @property
    def box(self) -> Locator:
        """Where the visitor writes."""
        return self.panel.get_by_role("textbox", name="Votre message")

    @property
    def log(self) -> Locator:
        """What was said."""
        return self.panel.get_by_role("log", name="Conversation")

    @property
    def conversation(self) -> str:
        """Whose conversation it is, as the token that the page keeps names it (only a test may read it)."""
        # Not wait_for_function: it may use eval, which the policy of the page forbids.
        for _ in range(int(SOON / 25)):
            if token := self.page.evaluate(TOKEN):
                return str(jwt.decode(token, options={"verify_signature": False})["sub"])
            self.page.wait_for_timeout(25)
        raise AssertionError("the page never had a session")

    def button(self, name: str) -> Locator:
        """Return the last button of that exact name in the panel."""
        return self.panel.get_by_role("button", name=name, exact=True).last

    def count(self, text: str) -> int:
        """Return how often a text is in the conversation."""
        return self.read().count(" ".join(text.split()))

    def read(self) -> str:
        """Return the whole conversation, white space made plain."""
        return " ".join(self.log.inner_text().split())

    # --- what a visitor does

    def open(self) -> Chat:
        """Open the conversation."""
        self.launcher.click()
        expect(self.panel).to_be_visible()
        expect(self.box).to_be_visible()
        return self

    def say(self, text: str) -> Chat:
        """Write something and send it with Enter."""
        self.box.fill(text)
        self.box.press("Enter")
        return self

    def ask(self, text: str, reply: str) -> Chat:
        """Say something and wait until `reply`, a part of the answer, is read."""
        self.say(text)
        return self.reads(reply)

    def press(self, name: str) -> Chat:
        """Press the last button of that name."""
        self.button(name).click()
        return self

    def reads(self, text: str, milliseconds: float = REPLY) -> Chat:
        """Wait until a text is in the conversation."""
        expect(self.log).to_contain_text(text, timeout=milliseconds)
        return self

    def choose(self, name: str) -> Chat:
        """Choose from the menu."""
        return self.press("Menu").press(name)

    def picture(self, name: str) -> Path:
        """Keep a picture of what is on the screen."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        width = (self.page.viewport_size or {"width": 0})["width"]
        file = SCREENS / f"{name}-{'phone' if width < 600 else 'desktop'}.png"
        self.page.screenshot(path=file)
        return file
