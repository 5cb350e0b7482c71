"""Read an indicator and send its stable weights: `python -m deskops_gate --help`."""

import argparse
import datetime as dt
import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import serial

from deskops_gate.indicators import INDICATORS, KILOGRAMS, UnknownUnitError
from deskops_gate.outbox import Outbox, Portal
from deskops_gate.weighing import StableWeights

logger = logging.getLogger("deskops_gate")

TOKEN = "DESKOPS_TOKEN"  # noqa: S105  # the name of the variable
SECONDS_BETWEEN_REQUESTS = 0.5
SECONDS_UNTIL_REOPENED = 5
# As many frames in a row with a unit that is not known are no noise.
FRAMES_OF_A_UNIT = 5
# A frame is shorter; more than this without an end is noise on the line.
MOST_BYTES = 200
LOCAL = {"localhost", "127.0.0.1", "::1"}


def parsed(arguments: list[str]) -> argparse.Namespace:
    """Return the settings of the command line. Raises SystemExit for wrong ones."""
    parser = argparse.ArgumentParser(
        prog="deskops_gate",
        description="Send the stable weights of a weighbridge to a DeskOps portal.",
        epilog=f"The API token is read from the environment variable {TOKEN}.",
    )
    parser.add_argument(
        "--url", required=True, help="address of the portal, such as https://portal.example.com"
    )
    parser.add_argument("--site", required=True, type=int, help="id of the site, as in the API")
    parser.add_argument("--weighbridge", required=True, help="code of the weighbridge")
    parser.add_argument("--port", required=True, help="serial port, such as COM3 or /dev/ttyUSB0")
    parser.add_argument("--indicator", required=True, choices=sorted(INDICATORS))
    parser.add_argument("--baud", type=int, default=9600)
    parser.add_argument(
        "--unit", choices=sorted(KILOGRAMS), default="", help="the unit, where the indicator does not send it"
    )
    parser.add_argument("--least", type=int, default=500, help="least weight of a lorry, in kg")
    parser.add_argument("--store", type=Path, default=Path.home() / ".deskops_gate.sqlite3")
    options = parser.parse_args(arguments)
    address = urlsplit(options.url)
    if address.scheme != "https" and address.hostname not in LOCAL:
        parser.error("--url must begin with https://, so that the token cannot be read on the way.")
    return options


class Agent:
    """Reads an indicator and sends its weighings until it is stopped."""

    def __init__(self, options: argparse.Namespace, token: str) -> None:
        self._options = options
        self._indicator = INDICATORS[options.indicator]
        self._weights = StableWeights(least_kg=options.least)
        self._outbox = Outbox(options.store)
        self._portal = Portal(options.url, token, options.site, options.weighbridge)
        self.stop = threading.Event()

    def run(self) -> None:
        """Read and send. Raises UnknownUnitError where the settings have to name the unit."""
        for weighing, sentence in self._outbox.refused():
            logger.warning("Refused: %d kg of %s. %s", weighing.kilograms, weighing.measured_at, sentence)
        threading.Thread(target=self._send, daemon=True).start()
        options = self._options
        try:
            while not self.stop.is_set():
                try:
                    with serial.Serial(options.port, options.baud, timeout=SECONDS_BETWEEN_REQUESTS) as port:
                        self._read(port)
                # A port that was unplugged raises OSError, of which SerialException is one.
                except OSError as error:
                    logger.warning("The port %s failed: %s", options.port, error)
                    self.stop.wait(SECONDS_UNTIL_REOPENED)
        finally:
            self.stop.set()

    def _read(self, port: serial.Serial) -> None:
        unknown = 0
        for frame in self._frames(port):
            try:
                reading = self._indicator.read(frame, self._options.unit)
            except UnknownUnitError:
                # Noise on the line changes letters; an indicator sends its unit in each frame.
                unknown += 1
                if unknown == FRAMES_OF_A_UNIT:
                    raise
                continue
            unknown = 0
            weight = self._weights.take(reading) if reading is not None else None
            if weight is not None:
                self._outbox.add(weight, measured_at=dt.datetime.now(dt.UTC))
                logger.info("%d kg", weight)

    def _frames(self, port: serial.Serial) -> Iterator[str]:
        """Yield what the indicator sends, frame by frame."""
        kept = b""
        while not self.stop.is_set():
            if self._indicator.request and not kept:
                port.write(self._indicator.request)
            received = port.read(max(1, port.in_waiting))
            # A frame comes at once: after a silence, the rest of one that was cut off is nothing.
            kept = kept + received if received else b""
            *complete, kept = kept.split(self._indicator.end)
            kept = kept[-MOST_BYTES:]
            for frame in complete:
                yield frame.decode("ascii", errors="replace")

    def _send(self) -> None:
        reported = ""
        while not self.stop.wait(self._portal.wait):
            try:
                error = self._portal.send_all(self._outbox)
            except sqlite3.Error as problem:
                error = f"{self._options.store} cannot be read or written: {problem}."
            if error and error != reported:
                logger.warning("%s The weighings are kept.", error)
            reported = error


def main(arguments: list[str]) -> int:
    """Read and send until the program is interrupted; return the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options = parsed(arguments)
    token = os.environ.get(TOKEN, "")
    if not token:
        logger.error("Set %s to an API token of the portal.", TOKEN)
        return 2
    try:
        Agent(options, token).run()
    except UnknownUnitError as error:
        logger.error("The indicator sends the unit “%s”: name it with --unit.", error)  # noqa: TRY400
        return 2
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
