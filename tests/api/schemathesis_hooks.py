"""Replaces half of the values that schemathesis makes up by the demo's site and existing master data."""

import os

import schemathesis

SITE_ID = int(os.environ["SITE_ID"])
# The first of each list of the demo, which has them all.
KNOWN = {"materialId": 1, "equipmentId": 1, "roleId": 1, "operation": 1}
DATES = ("date", "dateFrom", "dateTo")
DAY = "2026-03-02"


@schemathesis.hook
def map_body(context: schemathesis.HookContext, body: object) -> object:
    """Replace numbers by existing ids, and texts like dates by a date; keep other texts."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("siteId"), (int, str)):
        body["siteId"] = SITE_ID
    for key, known in KNOWN.items():
        if isinstance(body.get(key), int):
            body[key] = known
    for key in DATES:
        if isinstance(body.get(key), str) and body[key][:1].isdigit():
            body[key] = DAY
    return body
