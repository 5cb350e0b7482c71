"""A bucket for the tests: the S3 server of moto on this machine, at the end of a wire that can break."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import override
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

BUCKET, PREFIX, REGION = "files", "portal", "us-east-1"
BLOCK = 64 * 1024


class Wire(socketserver.ThreadingTCPServer):
    """Passes bytes on to a server, so many in each direction, and then closes every connection."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.target = ("127.0.0.1", port)
        self.repair()

    def repair(self) -> None:
        self.up_left: int | None = None
        self.down_left: int | None = None
        self.delay_seconds = 0.0
        self.bytes_up = self.bytes_down = 0

    def cut(self) -> None:
        """Let no connection be made."""
        self.up_left = self.down_left = 0

    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Keep the tests' output free of what was broken on purpose."""


class Connection(socketserver.BaseRequestHandler):
    server: Wire
    request: socket.socket

    @override
    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(self.server.target) as there:
            down = threading.Thread(target=self._pass_on, args=(there, self.request, "down"), daemon=True)
            down.start()
            self._pass_on(self.request, there, "up")
            down.join()

    def _pass_on(self, source: socket.socket, target: socket.socket, direction: str) -> None:
        with suppress(OSError):
            while block := source.recv(BLOCK):
                time.sleep(self.server.delay_seconds)
                left = getattr(self.server, f"{direction}_left")
                if left is not None:
                    block = block[:left]
                    setattr(self.server, f"{direction}_left", left - len(block))
                target.sendall(block)
                passed = f"bytes_{direction}"
                setattr(self.server, passed, getattr(self.server, passed) + len(block))
                if left is not None and left <= len(block):
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@dataclass
class OpenBucket:
    """A bucket with its wire, seen from the other end."""

    wire: Wire
    # A client of boto3 that does not use the wire.
    client: "boto3.client"
    url: str

    @property
    def files(self) -> dict[str, bytes]:
        """Return the content of each file by its key."""
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {
            each["Key"]: self.client.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read()
            for each in found
        }

    def put(self, name: str, content: bytes) -> None:
        self.client.put_object(Bucket=BUCKET, Key=f"{PREFIX}/{name}", Body=content)

    def deny(self, action: str) -> None:
        """Refuse an action such as `s3:PutObject` to everybody."""
        self.client.put_bucket_policy(
            Bucket=BUCKET,
            Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*",'
            f' "Action": "{action}", "Resource": "arn:aws:s3:::{BUCKET}/*"}}]}}',
        )

    def remove(self) -> None:
        """Delete the bucket with all that it holds."""
        for key in self.files:
            self.client.delete_object(Bucket=BUCKET, Key=key)
        self.client.delete_bucket(Bucket=BUCKET)


@contextmanager
def open_bucket() -> Iterator[OpenBucket]:
    """Serve an empty bucket until the test is over, with the keys to it in the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "key")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        # Larger files would be on the disk, and never be closed.
        environment.setenv("MOTO_S3_DEFAULT_KEY_BUFFER_SIZE", str(100_000_000))
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        _host, port = server.get_host_and_port()
        try:
            client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", region_name=REGION)
            client.create_bucket(Bucket=BUCKET)
            with Wire(port) as wire:
                threading.Thread(target=wire.serve_forever, args=[0.01], daemon=True).start()
                endpoint = f"http://127.0.0.1:{wire.server_address[1]}"
                try:
                    yield OpenBucket(
                        wire, client, f"s3://{BUCKET}/{PREFIX}?region={REGION}&endpoint={endpoint}"
                    )
                finally:
                    wire.shutdown()
        finally:
            # What the server held stays in this process.
            urlopen(Request(f"http://127.0.0.1:{port}/moto-api/reset", method="POST")).close()
            server.stop()
