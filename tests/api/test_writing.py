"""Who may write: a browser with its CSRF token, and a token that is not read-only."""

import json
from http import HTTPStatus

from django.test import Client

from api.auth import make_token
from api.models import ApiToken
from tests.api.case import MONDAY, ApiCase, content_of, part_of

FORBIDDEN = HTTPStatus.FORBIDDEN


class TestBrowser(ApiCase):
    def test_writes_only_with_its_csrf_token(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.people.alice)
        body = json.dumps(self.bodies()["production"])

        read = client.get(f"/api/production?siteId={self.site.pk}")
        written = client.post("/api/production", body, content_type="application/json")

        assert read.status_code == HTTPStatus.OK
        assert (written.status_code, written.json()["code"]) == (FORBIDDEN, "FORBIDDEN")

    def test_a_token_needs_no_csrf_token_although_there_is_a_session(self) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(self.people.oscar)
        text = make_token(owner=self.people.alice, name="t")[1]

        response = client.post(
            "/api/production",
            json.dumps(self.bodies()["production"]),
            content_type="application/json",
            headers={"Authorization": f"Bearer {text}"},
        )

        assert response.status_code == HTTPStatus.CREATED
        assert response.json()["production"]["createdBy"] == "Alice"


class TestEveryWrite(ApiCase):
    """No route that changes anything is open to a read-only token."""

    def test_rejects_read_only_tokens_and_a_missing_csrf_token(self) -> None:
        description = content_of(self.alice.get("/api/openapi.json"))
        made = {module: self.make(module) for module in self.bodies()}
        new_site = {"code": "NEW-SITE", "name": "New"}
        export = {
            "siteId": self.site.pk, "module": "received", "dateFrom": MONDAY, "dateTo": MONDAY,
            "format": "csv",
        }  # fmt: skip
        job = part_of(self.caller(self.people.ada).post("/api/exports", export), "exportJob")
        reading = self.caller(self.people.ada, is_read_only=True)
        browser = Client(enforce_csrf_checks=True)
        browser.force_login(self.people.ada)
        tried = 0

        paths = description["paths"]
        assert isinstance(paths, dict)
        for path, methods in paths.items():
            for method in set(methods) - {"get"}:
                module = path.split("/")[2]
                at = path.replace("{record_id}", str(made.get(module, {}).get("id", 1)))
                body: object = new_site if module == "sites" else self.bodies().get(module, {})
                if method == "patch":
                    body = {"notes": "mine"}
                if module == "weighings":
                    body = {
                        "siteId": self.site.pk,
                        "weighbridge": "W1",
                        "weightTon": 38,
                        "measuredAt": "2026-03-02T07:12:00Z",
                    }
                if module == "transfers":
                    here = {"siteId": self.site.pk, "toSiteId": self.site.pk}
                    sent_body = {**here, "date": "2026-03-02", "materialId": 1, "operation": "A", "qtyTon": 1}
                    bodies = {"receive": {}, "cancel": {"reason": "Wrong"}}
                    body = bodies.get(path.rpartition("/")[2], sent_body)
                if module == "exports":
                    at, body = path.replace("{job_id}", str(job["id"])), export
                sent = None if method == "delete" or at.endswith("/retry") else body

                by_token = reading.send(method.upper(), at, sent)
                by_browser = browser.generic(
                    method.upper(),
                    at,
                    "" if sent is None else json.dumps(sent),
                    content_type="application/json",
                )

                self.assert_error(by_token, FORBIDDEN, "FORBIDDEN")
                assert by_browser.status_code == FORBIDDEN, (method, at)
                tried += 1
        assert tried >= 22
        assert ApiToken.objects.exists()
