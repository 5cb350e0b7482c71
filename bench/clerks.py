"""What a clerk does, with time to think, for locust; `bench.load` runs it."""

import json
import os
import random
import uuid
from pathlib import Path

from locust import HttpUser, between, task

CLERKS: list[dict[str, str]] = json.loads(Path(os.environ["CLERKS"]).read_text(encoding="utf-8"))
CSRF = "a" * 32


class Clerk(HttpUser):
    """A clerk who enters loads on the sheet of today and looks at lists and figures in between."""

    wait_time = between(3, 9)

    def on_start(self) -> None:
        """Sign in as the next clerk."""
        self.clerk = CLERKS.pop()
        self.client.cookies.update({"sessionid": self.clerk["session"], "csrftoken": CSRF})
        self.site = f"?site={self.clerk['site']}"

    def look(self, path: str, name: str) -> None:
        """Request a page; a redirect means that it is not the page."""
        self.client.get(path, name=name, allow_redirects=False)

    @task(4)
    def open_sheet(self) -> None:
        self.look(self.clerk["sheet"], "day sheet")

    @task(8)
    def save_a_load(self) -> None:
        """Send a line of the sheet, and once more where the portal asks whether it is right."""
        line = {
            "material": "RAW-CONCRETE",
            "qty_ton": f"{random.uniform(8, 24):.2f}",  # noqa: S311  # no secret
            "submission_key": str(uuid.uuid4()),
        }
        for _attempt in range(2):
            with self.client.post(
                f"{self.clerk['sheet']}received/",
                line,
                name="save a load",
                headers={"Accept": "application/json", "X-CSRFToken": CSRF},
                catch_response=True,
            ) as response:
                answer = response.json() if "json" in response.headers.get("Content-Type", "") else {}
                if answer.get("state") == "saved":
                    response.success()
                    return
                if answer.get("state") != "asks":
                    response.failure(f"{response.status_code} {answer.get('state')}")
                    return
                response.success()
            line["confirmed"] = answer["confirmation"]

    @task(3)
    def read_a_list(self) -> None:
        self.look(f"/received/{self.site}", "list of loads")

    @task(2)
    def look_at_the_dashboard(self) -> None:
        self.look(f"/dashboard/{self.site}", "dashboard")

    @task(1)
    def look_at_stock(self) -> None:
        self.look(f"/inventory/{self.site}", "stock")

    @task(1)
    def look_for_an_export(self) -> None:
        self.look("/exports/", "exports")

    @task(4)
    def look_at_the_shortcuts(self) -> None:
        self.look(f"/shortcuts/{self.site}", "trivial page")
