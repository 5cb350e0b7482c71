"""A person's browser, without the browser: cookies, forms and redirects over HTTP."""

import http.client
import http.cookiejar
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser
from typing import override

PATIENCE_SECONDS = 180


class FormParser(HTMLParser):
    """Collects the fields of each form of a page with the values they have."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._select = ""
        self._area = ""

    @override
    def handle_data(self, data: str) -> None:
        if self._area:
            # The first line break after the tag is none of the text's.
            self.forms[-1][self._area] = [data.removeprefix("\n")]

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        name = attributes.get("name", "")
        value = attributes.get("value", "")
        if tag == "form":
            self.forms.append({})
        elif tag == "select":
            self._select = name
        elif not self.forms:
            return
        elif tag == "option":
            # Without a selected one, a browser sends the first.
            if "selected" in attributes or self._select not in self.forms[-1]:
                self.forms[-1][self._select] = [value]
        elif tag == "textarea":
            self._area = name
            self.forms[-1][name] = [""]
        elif tag == "input" and name:
            self._read_input(name, value, attributes)

    def _read_input(self, name: str, value: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type")
        if kind in {"checkbox", "radio"}:
            if "checked" in attributes:
                self.forms[-1].setdefault(name, []).append(value or "on")
        elif kind != "submit":
            self.forms[-1][name] = [value]


class Portal:
    """The portal at an address, as one person sees it."""

    def __init__(self, address: str) -> None:
        self.address = address
        # The certificates of the tests are signed by nobody.
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        self._jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=trusting),
            urllib.request.HTTPCookieProcessor(self._jar),
        )

    def wait(self) -> None:
        """Wait until the portal answers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.get("/livez")
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            else:
                return

    def get(self, path: str) -> str:
        with self._opener.open(self.address + path, timeout=PATIENCE_SECONDS) as response:
            body: bytes = response.read()
        return body.decode()

    def json(self, path: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.get(path))
        return found

    def submit(self, path: str, *, having: str, **values: str | list[str]) -> str:
        """Fill in the form of a page that has the field `having`, send it, and return the next page.

        Raises AssertionError with the page where the form is not accepted.
        """
        parser = FormParser()
        parser.feed(self.get(path))
        [fields] = [form for form in parser.forms if having in form]
        body = urllib.parse.urlencode({**fields, **values}, doseq=True).encode()
        request = urllib.request.Request(self.address + path, body, {"Referer": self.address + path})
        try:
            with self._opener.open(request, timeout=PATIENCE_SECONDS) as response:
                page: bytes = response.read()
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.code}\n{error.read().decode()}") from error
        text = page.decode()
        # The administration answers an invalid form with 200. A template holds what scripts may need.
        shown = re.sub(r"<template\b.*?</template>", "", text, flags=re.DOTALL)
        assert 'class="errorlist' not in shown, text
        return text

    def answers_upload(self, path: str, *, size: int) -> bool:
        """Upload a file of that many bytes, and return whether the portal itself answered."""
        start = b'--part\r\nContent-Disposition: form-data; name="file"; filename="loads.csv"\r\n\r\n'
        body = start + b"x" * size + b"\r\n--part--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=part", "Referer": self.address + path}
        request = urllib.request.Request(self.address + path, body, headers)
        try:
            with self._opener.open(request, timeout=PATIENCE_SECONDS) as response:
                return "X-Request-ID" in response.headers
        except urllib.error.HTTPError as error:
            return "X-Request-ID" in error.headers

    def cookies(self) -> dict[str, http.cookiejar.Cookie]:
        return {cookie.name: cookie for cookie in self._jar}

    def sign_in(self, *, email: str, password: str) -> None:
        self.submit("/accounts/login/", having="password", login=email, password=password)
