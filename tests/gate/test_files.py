"""Photos, documents and the signature of a load."""

import base64
import io
from http import HTTPStatus

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from PIL import Image, ImageDraw

from gate.files import LOAD_FILES, MAX_BYTES, content_of, delete_file, signature_of
from gate.models import FileKind, LoadFile, OpenLoad
from received.models import ReceivedMaterial
from records.errors import DayClosed
from tests.factories import make_submitted_day
from tests.gate.case import GateTestCase

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def picture(
    kind: str = "JPEG", *, size: tuple[int, int] = (1600, 1200), mode: str = "RGB", **options: object
) -> bytes:
    target = io.BytesIO()
    Image.new(mode, size, "white" if mode != "RGBA" else (0, 0, 0, 0)).save(target, kind, **options)
    return target.getvalue()


def drawn(*, is_empty: bool = False) -> str:
    """Return what a canvas sends of a signature."""
    image = Image.new("RGB", (600, 200), "white")
    if not is_empty:
        ImageDraw.Draw(image).line((20, 100, 500, 60), fill="black", width=3)
    target = io.BytesIO()
    image.save(target, "PNG")
    return f"data:image/png;base64,{base64.b64encode(target.getvalue()).decode()}"


class TestContent:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
    def test_of_a_picture_is_encoded_again_with_a_thumbnail(self, kind: str) -> None:
        found = content_of(picture(kind))

        assert (found.kind, found.content_type) == (FileKind.PHOTO, "image/jpeg")
        assert Image.open(io.BytesIO(found.thumbnail)).size == (320, 240)

    def test_of_a_photo_has_no_place_and_is_upright(self) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turned by a quarter
        exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}

        photo = Image.open(io.BytesIO(content_of(picture(exif=exif)).content))

        assert photo.size == (1200, 1600)
        assert not photo.getexif()

    def test_of_a_large_photo_is_made_smaller(self) -> None:
        assert Image.open(io.BytesIO(content_of(picture(size=(6000, 4000))).content)).size[0] <= 2560

    def test_of_a_pdf_stays_as_it_is(self) -> None:
        assert content_of(PDF).content == PDF

    @pytest.mark.parametrize(
        "file",
        [
            b"",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            b"<html></html>",
            b"MZ\x90",
            picture()[:400],
            b"%PDF-1.7 without an end",
            picture("GIF", mode="P"),
            picture("BMP"),
        ],
    )
    def test_of_another_type_is_rejected_whatever_its_name_says(self, file: bytes) -> None:
        with pytest.raises(ValidationError, match="no photo"):
            content_of(file)

    def test_of_too_large_a_file_is_rejected(self) -> None:
        with pytest.raises(ValidationError, match="10 MB"):
            content_of(PDF + b" " * MAX_BYTES)

    def test_of_too_many_pixels_is_rejected(self) -> None:
        with pytest.raises(ValidationError, match="at most 16 megapixels"):
            content_of(picture("PNG", size=(5000, 4000), mode="1"))
        with pytest.raises(ValidationError, match="at most 50 megapixels"):
            content_of(picture(size=(9000, 7000), mode="L"))

    def test_of_several_pictures_in_one_file_of_a_camera_is_the_first(self) -> None:
        other = Image.new("RGB", (60, 40))
        file = picture("MPO", size=(6000, 4000), save_all=True, append_images=[other])

        assert Image.open(io.BytesIO(content_of(file).content)).size == (2560, 1707)

    @pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("WEBP", "RGBA"), ("PNG", "LA")])
    def test_of_a_transparent_picture_is_white(self, kind: str, mode: str) -> None:
        target = io.BytesIO()
        Image.new("RGBA", (60, 40)).convert(mode).save(target, kind)

        assert Image.open(io.BytesIO(content_of(target.getvalue()).content)).getpixel((9, 9)) == (255,) * 3

    def test_of_a_photo_with_a_damaged_description_is_rejected(self) -> None:
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = 6, "maker"
        file = bytearray(picture(size=(60, 40), exif=exif))
        # The type of its first value, which Pillow cannot write again.
        file[file.index(b"Exif") + 17] = 0

        with pytest.raises(ValidationError, match="no photo"):
            content_of(bytes(file))

    @pytest.mark.parametrize(
        "address", ["", "data:image/png;base64,###", "data:image/png;base64,é", "https://x.example/a.png"]
    )
    def test_of_a_signature_is_a_picture(self, address: str) -> None:
        with pytest.raises(ValidationError, match="Sign in the box"):
            signature_of(address)

    def test_of_an_empty_signature_is_rejected(self) -> None:
        with pytest.raises(ValidationError, match="Sign in the box"):
            signature_of(drawn(is_empty=True))


class TestFiles(GateTestCase):
    def upload(self, address: str, content: bytes, name: str = "lorry.jpg") -> HttpResponse:
        return self.client.post(  # type: ignore[return-value]  # what the client returns
            address, {"file": SimpleUploadedFile(name, content)}, follow=True
        )

    def record(self) -> ReceivedMaterial:
        self.weigh_in()
        self.weigh_out(OpenLoad.objects.get())
        return ReceivedMaterial.objects.get()

    def test_of_a_lorry_on_site_go_with_its_record(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.get()
        self.upload(f"/gate/{load.pk}/files/", picture())
        self.weigh_out(load)
        record = ReceivedMaterial.objects.get()

        page = self.client.get(f"/gate/tickets/received/{record.pk}/")

        file = LoadFile.objects.get()
        assert (file.record_id, file.open_load_id) == (record.pk, None)
        self.assertContains(page, f"/gate/files/{file.pk}/thumbnail/")
        assert self.client.get(f"/gate/files/{file.pk}/thumbnail/")["Content-Type"] == "image/jpeg"

    def test_are_shown_to_everybody_who_sees_the_site_and_nobody_else(self) -> None:
        record = self.record()
        self.upload(f"/gate/tickets/received/{record.pk}/files/", PDF, "scan.pdf")
        address = f"/gate/files/{LoadFile.objects.get().pk}/"

        self.client.force_login(self.victor)
        answer = self.client.get(address)
        assert answer.content == PDF
        assert answer["Content-Disposition"] == 'attachment; filename="scan.pdf"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert self.upload(f"/gate/tickets/received/{record.pk}/files/", PDF).status_code == 403
        assert self.client.post(f"{address}delete/").status_code == 403
        self.client.force_login(self.oscar)
        assert self.client.get(address).status_code == 404
        assert self.client.post(f"{address}delete/").status_code == 404

    def test_are_deleted_with_their_files(self) -> None:
        record = self.record()
        self.upload(f"/gate/tickets/received/{record.pk}/files/", picture())
        file = LoadFile.objects.get()

        with self.captureOnCommitCallbacks(execute=True):
            self.client.post(f"/gate/files/{file.pk}/delete/")

        assert not LoadFile.objects.exists()
        assert not LOAD_FILES.has(file.storage_name)
        assert not LOAD_FILES.has(file.thumbnail_name)

    def test_of_a_closed_day_stay_as_they_are(self) -> None:
        record = self.record()
        address = f"/gate/tickets/received/{record.pk}/files/"
        self.upload(address, picture())
        make_submitted_day(self.site, record.date, by=self.alice)

        self.assertContains(self.upload(address, PDF), "takes no changes")
        self.client.post(f"/gate/files/{LoadFile.objects.get().pk}/delete/")

        assert LoadFile.objects.count() == 1

    def test_of_another_type_are_rejected_and_not_stored(self) -> None:
        record = self.record()

        answer = self.upload(f"/gate/tickets/received/{record.pk}/files/", b"<html></html>")

        self.assertContains(answer, "This is no photo")
        assert not LoadFile.objects.exists()

    def test_has_a_name_whatever_the_marks_of_the_one_that_was_sent(self) -> None:
        address = f"/gate/tickets/received/{self.record().pk}/files/"

        for sent in ("!!!", "?.?", ".pdf", "é 1.2 (3).PDF"):
            assert self.upload(address, PDF, sent).status_code == HTTPStatus.OK

        names = list(LoadFile.objects.values_list("name", flat=True))
        assert names == ["file.pdf", "file.pdf", "pdf.pdf", "é_1_2_3.pdf"]

    def test_are_rejected_before_any_is_decoded_where_there_are_too_many(self) -> None:
        address = f"/gate/tickets/received/{self.record().pk}/files/"
        files = [SimpleUploadedFile("lorry.jpg", b"\xff\xd8") for _number in range(21)]

        self.assertContains(self.client.post(address, {"file": files}, follow=True), "at most 20 files")

    def test_of_a_lorry_that_left_are_of_the_day_of_its_record(self) -> None:
        self.weigh_in()
        load = OpenLoad.objects.get()
        self.upload(f"/gate/{load.pk}/files/", PDF)
        read_before = LoadFile.objects.get()
        self.weigh_out(load)
        make_submitted_day(self.site, ReceivedMaterial.objects.get().date, by=self.alice)

        with pytest.raises(DayClosed):
            delete_file(file=read_before, by=self.alice)

    def test_the_last_signature_is_on_the_ticket(self) -> None:
        record = self.record()
        address = f"/gate/tickets/received/{record.pk}/files/"
        for _ in range(2):
            page = self.client.post(address, {"signature": drawn()}, follow=True)

        file = LoadFile.objects.get()
        assert file.kind == FileKind.SIGNATURE
        self.assertContains(page, "ticket__signature")
