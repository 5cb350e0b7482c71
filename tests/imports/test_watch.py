"""Files that come in by themselves: from a folder, a bucket or a mailbox."""

import datetime as dt
import ipaddress
import os
import re
import socketserver
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import ClassVar, override
from unittest import mock

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.test import override_settings
from django.utils import timezone

from core.files import StorageUnavailableError
from imports import watch
from imports.models import Upload, UploadStatus, WatchedFile, WatchedPlace
from imports.uploads import create_upload
from imports.watch import look
from received.models import ReceivedMaterial
from sites.models import User
from tests.files import kept_in
from tests.imports.pages_case import PagesCase, csv_of
from tests.imports.test_pages import HEADINGS, tons
from tests.imports.test_setup import COLUMNS
from tests.records.case import MONDAY

UNKNOWN = ("wann", "was", "wieviel")
ANSWERS = {
    **COLUMNS,
    "column-date": "wann",
    "column-material": "was",
    "column-qty_ton": "wieviel",
    "date_format": "dmy",
    "decimal_mark": ",",
}
GOOD = ("04/02/2026", "DEBRIS", "2,500")
BAD = ("04/02/2026", "?", "1,5")


class WatchCase(PagesCase):
    @override
    def setUp(self) -> None:
        super().setUp()
        self.watched = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(kept_in(str(self.watched), storage="watched_folder"))

    def place(self, **values: object) -> WatchedPlace:
        given = {"name": "Weighbridge", "site": self.site, "owner": self.alice, "kind": "folder"}
        return WatchedPlace.objects.create(**{**given, **values})

    def know(self) -> None:
        """Import a file whose headings nobody could guess."""
        first = self.upload(csv_of(UNKNOWN, ("03/02/2026", "DEBRIS", "1,250")))
        self.import_it(self.post(first, "columns", ANSWERS))

    def put(self, name: str, content: bytes, *, seconds_ago: int = 60) -> None:
        path = self.watched / name
        path.write_bytes(content)
        then = time.time() - seconds_ago
        os.utime(path, (then, then))

    def look(self) -> None:
        """Look at every place and let the worker do what is queued."""
        WatchedPlace.objects.update(looked_at=None)
        look()
        for _attempt in range(2):
            for upload in Upload.objects.active():
                self.done(upload)


class TestFolder(WatchCase):
    def test_a_file_with_known_headings_is_imported_by_itself(self) -> None:
        self.know()
        self.place()
        self.put("tuesday.csv", csv_of(UNKNOWN, GOOD))

        self.look()
        self.look()

        assert tons() == ["1.250", "2.500"]
        upload = Upload.objects.latest("pk")
        assert (upload.status, upload.owner, str(upload.place)) == ("done", self.alice, "Weighbridge")
        assert mail.outbox == []

    def test_the_same_content_is_taken_once(self) -> None:
        self.know()
        self.place()
        self.put("tuesday.csv", csv_of(UNKNOWN, GOOD))
        self.look()

        self.put("again.csv", csv_of(UNKNOWN, GOOD))
        self.look()

        assert WatchedFile.objects.count() == 1
        assert tons() == ["1.250", "2.500"]

    def test_a_file_that_is_still_written_is_left(self) -> None:
        self.place()
        self.put("loads.csv", csv_of(HEADINGS, (MONDAY, "DEBRIS", "1")), seconds_ago=1)

        self.look()

        assert not WatchedFile.objects.exists()

    def test_a_file_with_unknown_headings_waits_for_a_person(self) -> None:
        self.place()
        self.put("loads.csv", csv_of(UNKNOWN, GOOD))

        self.look()
        self.look()

        upload = Upload.objects.get()
        assert upload.status == UploadStatus.NEW
        assert not ReceivedMaterial.objects.exists()
        assert [message.to for message in mail.outbox] == [[self.mona.email]]
        assert f"/imports/{upload.pk}/" in str(mail.outbox[0].body)

    def test_a_file_with_a_rejected_row_waits_for_a_person(self) -> None:
        self.know()
        self.place()
        self.put("loads.csv", csv_of(UNKNOWN, GOOD, BAD))

        self.look()
        self.look()

        assert Upload.objects.latest("pk").status == UploadStatus.CHECKED
        assert tons() == ["1.250"]
        assert "1 row is rejected." in str(mail.outbox[0].body)

    def test_a_manager_takes_a_waiting_file_over(self) -> None:
        self.know()
        self.place()
        self.put("loads.csv", csv_of(UNKNOWN, GOOD, BAD))
        self.look()
        upload = Upload.objects.latest("pk")
        mona = self.as_(self.mona)
        assert "Take over" in self.page(upload, client=mona)
        assert self.as_(self.victor).get(f"/imports/{upload.pk}/").status_code == 404

        self.post(upload, "take-over", client=mona)
        upload = self.post(upload, "corrections", {"skip": ["3"]}, client=mona)

        # What a person has changed is imported by a person.
        assert (upload.status, upload.owner) == (UploadStatus.CHECKED, self.mona)
        self.import_it(upload, client=mona)
        assert tons() == ["1.250", "2.500"]

    def test_what_is_no_table_is_named_to_the_managers_once(self) -> None:
        self.place()
        self.put("loads.xlsx", b"PK\x03\x04 broken")

        self.look()
        self.look()

        assert len(mail.outbox) == 1
        assert "damaged" in str(mail.outbox[0].body)

    def test_a_folder_that_is_missing_is_named_at_the_place(self) -> None:
        place = self.place(path="nowhere")

        self.look()

        place.refresh_from_db()
        assert "nowhere" in place.error

    def test_an_unexpected_error_with_one_file_lets_the_others_in(self) -> None:
        self.know()
        place = self.place()
        self.put("bad.csv", csv_of(UNKNOWN, BAD))
        self.put("good.csv", csv_of(UNKNOWN, GOOD))
        with mock.patch.object(watch, "create_upload", failing_for("bad.csv")):
            for attempts in (1, 2):
                self.look()
                assert tons() == ["1.250", "2.500"]
                failed = place.files.get(upload=None)
                assert (failed.attempts, failed.error) == (attempts, "")
                assert mail.outbox == []
            self.look()
            self.look()

        set_aside = place.files.get(upload=None)
        assert (set_aside.name, set_aside.attempts) == ("bad.csv", watch.MAX_ATTEMPTS)
        assert set_aside.error == "It could not be taken in 3 attempts: RuntimeError."
        assert (
            set_aside.error
            in self.as_(self.ada).get(f"/admin/imports/watchedplace/{place.pk}/change/").content.decode()
        )
        assert len(mail.outbox) == 1

    def test_a_file_is_tried_until_the_storage_answers(self) -> None:
        self.know()
        place = self.place()
        self.put("late.csv", csv_of(UNKNOWN, GOOD))
        with mock.patch.object(watch, "create_upload", side_effect=StorageUnavailableError("full")):
            for _look in range(watch.MAX_ATTEMPTS + 1):
                self.look()
            place.refresh_from_db()
            assert "does not answer" in place.error
            assert not place.files.filter(upload=None).exists()

        self.look()

        place.refresh_from_db()
        assert (tons(), place.error) == (["1.250", "2.500"], "")

    def test_a_file_that_failed_is_taken_at_the_next_look(self) -> None:
        self.know()
        place = self.place()
        self.put("bad.csv", csv_of(UNKNOWN, GOOD))
        with mock.patch.object(watch, "create_upload", failing_for("bad.csv")):
            self.look()

        self.look()

        assert tons() == ["1.250", "2.500"]
        assert not place.files.filter(upload=None).exists()

    @override_settings(WATCH_BUCKET_URL="s3://weighbridge")
    def test_files_of_a_bucket_are_taken_below_their_prefix(self) -> None:
        self.know()
        self.enterContext(kept_in(str(self.watched), storage="watched_bucket"))
        place = self.place(kind="bucket", path="north")
        place.full_clean()
        (self.watched / "north").mkdir()
        self.put("north/loads.csv", csv_of(UNKNOWN, GOOD))
        self.put("south.csv", csv_of(UNKNOWN, ("05/02/2026", "DEBRIS", "9,000")))

        self.look()

        assert tons() == ["1.250", "2.500"]
        assert list(place.files.values_list("name", flat=True)) == ["loads.csv"]

    def test_a_path_stays_below_the_watched_folder(self) -> None:
        for path in ("/etc", "../secrets"):
            with pytest.raises(ValidationError):
                self.place(name=path, path=path).full_clean()

    def test_is_set_up_in_the_administration(self) -> None:
        place = self.place()
        self.put("loads.csv", csv_of(UNKNOWN, GOOD))
        self.look()

        page = self.as_(self.ada).get(f"/admin/imports/watchedplace/{place.pk}/change/")

        assert page.status_code == 200
        assert "loads.csv" in page.content.decode()


def failing_for(name: str) -> object:
    """Return what uploads a file, but not one with this name."""

    def create(*, file: "UploadedFile[bytes]", by: User, place: WatchedPlace | None = None) -> Upload:
        if file.name == name:
            raise RuntimeError(name)
        return create_upload(file=file, by=by, place=place)

    return create


class Mailbox(socketserver.StreamRequestHandler):
    """A stand-in for an IMAP server with one mailbox, which has as much of IMAP as is used."""

    messages: ClassVar[Sequence[bytes]] = ()
    logins: ClassVar[list[str]] = []

    @override
    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline().decode().strip():
            tag, command = line.split(" ", 1)
            if command.startswith("LOGIN"):
                self.logins.append(command.replace('"', ""))
            self.wfile.write(self.answer(command) + f"{tag} OK done\r\n".encode())
            if command.startswith("LOGOUT"):
                return

    def answer(self, command: str) -> bytes:
        if command.startswith("EXAMINE"):
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n" % len(self.messages)
        if command.startswith("CAPABILITY"):
            return b"* CAPABILITY IMAP4rev1\r\n"
        if command.startswith("UID SEARCH"):
            return f"* SEARCH {' '.join(str(each + 1) for each in range(len(self.messages)))}\r\n".encode()
        if fetched := re.match(r"UID FETCH (\d+) \((.*)\)", command):
            number, message = fetched[1], self.messages[int(fetched[1]) - 1]
            if fetched[2] == "RFC822.SIZE":
                return f"* {number} FETCH (UID {number} RFC822.SIZE {len(message)})\r\n".encode()
            head = f"* {number} FETCH (UID {number} BODY[] {{{len(message)}}}\r\n"
            return head.encode() + message + b")\r\n"
        return b""


@contextmanager
def mailbox(*messages: bytes, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve these messages; yield the port."""
    Mailbox.messages = messages
    Mailbox.logins.clear()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.socket.getsockname()[1]
        server.shutdown()


def certificate(folder: Path) -> Path:
    """Write a certificate for this machine, signed by itself, and its key into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = timezone.now()
    made = (
        x509.CertificateBuilder()
        .issuer_name(name)
        .subject_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        made.public_bytes(Encoding.PEM) + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return path


def message_with(content: bytes, *, sender: str = "scale@weighbridge.example", result: str = "") -> bytes:
    message = EmailMessage()
    if result:
        message["Authentication-Results"] = result
    message["From"], message["Subject"] = f"Scale <{sender}>", "Loads of the day"
    message.set_content("See the attached file.")
    message.add_attachment(content, maintype="text", subtype="csv", filename="loads.csv")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    return message.as_bytes()


@override_settings(WATCH_PASSWORDS={"SCALE": "swordfish"}, WATCH_MAIL_SERVERS=["127.0.0.1"])
class TestMailbox(WatchCase):
    def mailbox_place(self, port: int, *, named: str = "scale") -> WatchedPlace:
        return self.place(
            kind="mailbox",
            host="127.0.0.1",
            port=port,
            uses_tls=False,
            username="north@example.com",
            senders="@weighbridge.example",
            secret=named,
        )

    def test_attachments_of_known_senders_are_imported_once(self) -> None:
        self.know()
        good = message_with(csv_of(UNKNOWN, GOOD))
        other = message_with(csv_of(UNKNOWN, ("05/02/2026", "DEBRIS", "9,000")), sender="x@elsewhere.example")
        with mailbox(good, other) as port:
            place = self.mailbox_place(port)

            self.look()
            self.look()

        place.refresh_from_db()
        assert (place.error, place.seen) == ("", {"last": "7 2"})
        assert tons() == ["1.250", "2.500"]
        assert Mailbox.logins[0] == "LOGIN north@example.com swordfish"

    def test_only_messages_that_the_own_server_found_authentic_are_taken(self) -> None:
        self.know()
        from_domain = "header.from=weighbridge.example"
        results = [
            "",
            f"mx.elsewhere.example; dmarc=pass {from_domain}",
            f"mx.example.com; spf=pass; dmarc=fail (p=none) {from_domain}",
            "mx.example.com; dmarc=pass header.from=elsewhere.example",
            "mx.example.com; dkim=pass (2048 bits) header.d=elsewhere.example",
            f"mx.example.com; spf=pass smtp.mailfrom=x@y.example; dmarc=pass (p=reject) {from_domain}",
            "MX.example.com 1; dkim=pass header.d=weighbridge.example header.s=a",
        ]
        messages = [
            message_with(csv_of(UNKNOWN, ("04/02/2026", "DEBRIS", f"{number},500")), result=result)
            for number, result in enumerate(results, start=1)
        ]
        with mailbox(*messages) as port, override_settings(WATCH_AUTHSERV_ID="mx.example.com"):
            self.mailbox_place(port)

            self.look()

        assert sorted(tons()) == ["1.250", "6.500", "7.500"]

    def test_an_unexpected_error_with_one_message_lets_the_others_in(self) -> None:
        self.know()
        messages = [
            message_with(csv_of(UNKNOWN, GOOD)).replace(b"loads.csv", b"bad.csv"),
            message_with(csv_of(UNKNOWN, ("05/02/2026", "DEBRIS", "9,000"))),
        ]
        with mailbox(*messages) as port:
            place = self.mailbox_place(port)
            with mock.patch.object(watch, "create_upload", failing_for("bad.csv")):
                self.look()
                assert tons() == ["1.250", "9.000"]
                place.refresh_from_db()
                assert place.seen == {"last": "7 2", "again": [1]}
            self.look()

        place.refresh_from_db()
        assert place.seen == {"last": "7 2"}
        assert sorted(tons()) == ["1.250", "2.500", "9.000"]

    def test_is_read_over_tls_from_a_server_with_a_trusted_certificate(self) -> None:
        self.know()
        path = certificate(self.watched)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(path)
        with mailbox(message_with(csv_of(UNKNOWN, GOOD)), tls=tls) as port:
            place = self.mailbox_place(port)
            place.uses_tls = True
            place.save()

            self.look()
            place.refresh_from_db()
            assert "CERTIFICATE_VERIFY_FAILED" in place.error
            assert tons() == ["1.250"]
            with mock.patch.dict(os.environ, SSL_CERT_FILE=str(path)):
                self.look()

        place.refresh_from_db()
        assert (place.error, tons()) == ("", ["1.250", "2.500"])

    def test_a_password_that_is_not_in_the_environment_is_named(self) -> None:
        place = self.mailbox_place(1, named="other")  # the name of none

        self.look()

        place.refresh_from_db()
        assert place.error == "WATCH_PASSWORD_OTHER is not in the environment."

    @override_settings(WATCH_MAIL_SERVERS=["imap.example.com"])
    def test_the_password_is_sent_to_no_server_that_is_not_listed(self) -> None:
        with mailbox() as port:
            place = self.mailbox_place(port)
            before = len(Mailbox.logins)

            self.look()

        place.refresh_from_db()
        assert place.error == "127.0.0.1 is not in WATCH_MAIL_SERVERS."
        assert len(Mailbox.logins) == before
        with pytest.raises(ValidationError, match="WATCH_MAIL_SERVERS"):
            place.clean()

    def test_needs_a_server_and_senders(self) -> None:
        with pytest.raises(ValidationError) as error:
            WatchedPlace(name="x", site=self.site, owner=self.alice, kind="mailbox").clean()

        assert "host" in error.value.message_dict
