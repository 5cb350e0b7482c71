"""The agent of a weighbridge: frames of indicators, one weighing for each lorry, stored until confirmed."""

import datetime as dt
import json
import os
import pty
import threading
import time
import tty
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from deskops_gate import __main__ as agent
from deskops_gate.indicators import INDICATORS, Reading, UnknownUnitError
from deskops_gate.outbox import Outbox, Portal
from deskops_gate.weighing import StableWeights

# Instead of a status: an answer that is not HTTP.
NO_HTTP = 0
NOW = dt.datetime(2026, 3, 2, 7, 12, tzinfo=dt.UTC)


class TestIndicators:
    @pytest.mark.parametrize(
        ("name", "frame", "reading"),
        [
            ("sics", "S S     38460 kg", Reading(38460, is_stable=True)),
            ("sics", "S D     12.345 t", Reading(12345, is_stable=False)),
            ("sics", "S S      -20 kg", Reading(-20, is_stable=True)),
            ("sics", "S S    84790.4 lb", Reading(38460, is_stable=True)),
            ("sics", "S I", None),
            ("sics", "S +", None),
            ("rice-lake", "\x02   38460KG \r", Reading(38460, is_stable=True)),
            ("rice-lake", "\x02   38460KGM\r", Reading(38460, is_stable=False)),
            ("rice-lake", "\x02   24340KN \r", Reading(24340, is_stable=False)),
            ("rice-lake", "\x02-     20KG \r", Reading(-20, is_stable=True)),
            ("rice-lake", "\x02^       KGO\r", None),
            ("rice-lake", "noise", None),
            ("rice-lake", "\x02 3.4.60KG \r", None),
            ("rice-lake", "\x02  38 60KG \r", None),
            ("cardinal", "\r 038460.  kg g  ", Reading(38460, is_stable=True)),
            ("cardinal", "\r 038460.m kg g  ", Reading(38460, is_stable=False)),
            ("cardinal", "\r+084790.  lb g  ", Reading(38460, is_stable=True)),
            ("cardinal", "\r 024340.  kg n  ", Reading(24340, is_stable=False)),
            ("cardinal", "\r 038460.o kg g  ", Reading(38460, is_stable=False)),
        ],
    )
    def test_reads_a_frame(self, name: str, frame: str, reading: Reading | None) -> None:
        assert INDICATORS[name].read(frame, "") == reading

    def test_asks_for_a_unit_that_has_several_meanings(self) -> None:
        frame = "\x02   38.46TG \r"

        with pytest.raises(UnknownUnitError):
            INDICATORS["rice-lake"].read(frame, "")
        assert INDICATORS["rice-lake"].read(frame, "t") == Reading(38460, is_stable=True)

    def test_takes_the_unit_that_the_indicator_sends(self) -> None:
        assert INDICATORS["sics"].read("S S    84790.4 lb", "kg") == Reading(38460, is_stable=True)


class TestStableWeights:
    @staticmethod
    def weighings(*readings: tuple[int, bool]) -> list[int]:
        weights = StableWeights()
        found = (weights.take(Reading(weight, is_stable=stable)) for weight, stable in readings)
        return [weight for weight in found if weight is not None]

    def test_takes_a_lorry_once_while_it_stands(self) -> None:
        assert self.weighings(*[(38460, True)] * 20) == [38460]

    def test_takes_no_weight_that_moves_or_changes(self) -> None:
        assert self.weighings(*[(38460, False)] * 9, (38440, True), (38460, True), (38460, True)) == []

    def test_takes_the_next_lorry_after_the_weighbridge_was_empty(self) -> None:
        stands, leaves = [(38460, True)] * 3, [(12000, False), (0, True)]

        assert self.weighings(*stands, *leaves, *stands) == [38460, 38460]

    def test_takes_the_same_lorry_again_only_after_it_has_moved(self) -> None:
        assert self.weighings(*[(38460, True)] * 3, *[(38480, True)] * 3, *[(38700, True)] * 3) == [
            38460,
            38700,
        ]

    def test_takes_nothing_of_an_empty_weighbridge(self) -> None:
        assert self.weighings(*[(20, True)] * 9) == []


class StandIn(BaseHTTPRequestHandler):
    """A portal that answers what the test wants, and remembers what it was sent."""

    answers: list[int]
    received: list[tuple[str, dict[str, object]]]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.received.append((self.headers["Idempotency-Key"], {**body, "path": self.path}))
        status = self.answers.pop(0) if self.answers else 201
        if status == NO_HTTP:
            self.wfile.write(b"noise\r\n\r\n")
            self.close_connection = True
            return
        content = json.dumps({"error": "A sentence."}).encode()
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        pass


@pytest.fixture
def portal() -> Iterator[Portal]:
    StandIn.answers, StandIn.received = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Portal(f"http://127.0.0.1:{server.server_port}", "a-token", 7, "NORTH")
    server.shutdown()
    server.server_close()


class TestOutbox:
    def test_sends_each_weighing_once_and_removes_it(self, tmp_path: Path, portal: Portal) -> None:
        outbox = Outbox(tmp_path / "gate.sqlite3")
        weighing = outbox.add(38460, measured_at=NOW)

        assert portal.send_all(outbox) == ""
        assert portal.send_all(outbox) == ""

        body = {
            "siteId": 7,
            "weighbridge": "NORTH",
            "weightTon": "38.46",
            "measuredAt": "2026-03-02T07:12:00+00:00",
            "path": "/api/weighings",
        }
        assert StandIn.received == [(weighing.key, body)]
        assert outbox.waiting() == []

    def test_keeps_the_order_and_the_key_over_an_outage_and_a_restart(
        self, tmp_path: Path, portal: Portal
    ) -> None:
        outbox = Outbox(tmp_path / "gate.sqlite3")
        first, second = outbox.add(38460, measured_at=NOW), outbox.add(14120, measured_at=NOW)
        StandIn.answers = [503, 429, 401]

        errors = [portal.send_all(outbox) for _try in range(3)]
        assert all(errors)
        assert portal.wait > 4
        assert portal.send_all(Outbox(tmp_path / "gate.sqlite3")) == ""

        assert [key for key, _body in StandIn.received] == [first.key] * 4 + [second.key]

    @pytest.mark.parametrize("answer", [200, 204, NO_HTTP])
    def test_keeps_what_another_answer_does_not_confirm(
        self, tmp_path: Path, portal: Portal, answer: int
    ) -> None:
        outbox = Outbox(tmp_path / "gate.sqlite3")
        weighing = outbox.add(38460, measured_at=NOW)
        StandIn.answers = [answer]

        assert portal.send_all(outbox)

        assert outbox.waiting() == [weighing]

    def test_keeps_what_the_portal_refuses_and_goes_on(self, tmp_path: Path, portal: Portal) -> None:
        outbox = Outbox(tmp_path / "gate.sqlite3")
        refused = outbox.add(38460, measured_at=NOW)
        outbox.add(14120, measured_at=NOW)
        StandIn.answers = [400]

        assert portal.send_all(outbox) == ""

        assert outbox.refused() == [(refused, "400: A sentence.")]
        assert len(StandIn.received) == 2

    def test_takes_the_token_to_no_other_address(self, tmp_path: Path, portal: Portal) -> None:
        outbox = Outbox(tmp_path / "gate.sqlite3")
        outbox.add(38460, measured_at=NOW)
        StandIn.answers = [302, 308]

        assert "answered 302" in portal.send_all(outbox)
        assert "answered 308" in portal.send_all(outbox)
        assert [body["path"] for _key, body in StandIn.received] == ["/api/weighings"] * 2
        assert len(outbox.waiting()) == 1

    def test_waits_for_a_portal_that_cannot_be_reached(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path / "gate.sqlite3")
        outbox.add(38460, measured_at=NOW)

        assert "cannot be reached" in Portal("http://127.0.0.1:9", "t", 7, "NORTH").send_all(outbox)
        assert len(outbox.waiting()) == 1


class TestMain:
    def test_sends_the_stable_weight_of_a_simulated_indicator(self, tmp_path: Path, portal: Portal) -> None:
        indicator, port = pty.openpty()
        tty.setraw(port)
        store = tmp_path / "gate.sqlite3"
        arguments = ["--url", portal.url, "--site", "7", "--weighbridge", "NORTH", "--port", os.ttyname(port)]
        arguments += ["--indicator", "cardinal", "--store", str(store)]
        running = agent.Agent(agent.parsed(arguments), "a-token")
        reader = threading.Thread(target=running.run, daemon=True)
        reader.start()

        for frame in ("\r 000000.  kg g  \x03", "\r 021000.m kg g  \x03", *["\r 038460.  kg g  \x03"] * 5):
            # Cut in two, as a serial line may deliver it.
            os.write(indicator, frame[:9].encode())
            time.sleep(0.01)
            os.write(indicator, frame[9:].encode())
        until = time.monotonic() + 60
        while not StandIn.received and time.monotonic() < until:
            time.sleep(0.05)

        assert [body["weightTon"] for _key, body in StandIn.received] == ["38.46"]
        running.stop.set()
        reader.join(60)
        os.close(indicator)
        os.close(port)

    def test_goes_on_after_noise_and_a_port_that_was_unplugged(
        self, tmp_path: Path, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("SECONDS_BETWEEN_REQUESTS", "SECONDS_UNTIL_REOPENED"):
            monkeypatch.setattr(agent, name, 0.05)
        path = tmp_path / "port"
        arguments = ["--url", portal.url, "--site", "7", "--weighbridge", "NORTH", "--port", str(path)]
        arguments += ["--indicator", "sics", "--store", str(tmp_path / "gate.sqlite3")]
        running = agent.Agent(agent.parsed(arguments), "a-token")
        reader = threading.Thread(target=running.run, daemon=True)
        reader.start()

        for weight in (38460, 14120):
            indicator, port = pty.openpty()
            tty.setraw(port)
            path.symlink_to(os.ttyname(port))
            # Half a frame, which no end follows, and a unit that noise has changed.
            os.read(indicator, 4)
            os.write(indicator, b"\xff\x00S S    99")
            for unit in ("kq", "kg", "kg", "kg"):
                os.read(indicator, 4)
                os.write(indicator, f"S S {weight:9d} {unit}\r\n".encode())
            os.read(indicator, 4)
            path.unlink()
            os.close(port)
            os.close(indicator)
        until = time.monotonic() + 60
        while len(StandIn.received) < 2 and time.monotonic() < until:
            time.sleep(0.05)

        assert [body["weightTon"] for _key, body in StandIn.received] == ["38.46", "14.12"]
        running.stop.set()
        reader.join(60)

    def test_requires_a_token(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DESKOPS_TOKEN", raising=False)
        arguments = ["--url", "http://localhost", "--site", "7", "--weighbridge", "N", "--port", "x"]

        assert agent.main([*arguments, "--indicator", "sics", "--store", str(tmp_path / "x.sqlite3")]) == 2

    def test_requires_a_connection_that_nobody_can_read(self) -> None:
        arguments = ["--url", "http://portal.example.com", "--site", "7", "--weighbridge", "N", "--port", "x"]

        with pytest.raises(SystemExit):
            agent.main([*arguments, "--indicator", "sics"])
