"""A picture that Meta takes as a template's example, and what is said of one that it would not."""

from pathlib import Path

import pytest

from sandbox.templates.picture import FRAMES, LARGEST, NoPicture, picture_of
from tests.sandbox.pictures import jpeg, png


def saved(folder: Path, content: bytes, name: str = "parcel") -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("content", "kind"),
    (
        (png(colour=2), "image/png"),
        (png(colour=6), "image/png"),
        *((jpeg(frame=frame), "image/jpeg") for frame in sorted(FRAMES)),
        (jpeg(size=LARGEST), "image/jpeg"),
    ),
)
def test_a_picture_is_known_by_its_bytes_whatever_it_is_called(
    content: bytes, kind: str, tmp_path: Path
) -> None:
    found = picture_of(saved(tmp_path, content, "parcel.gif"))
    assert (found.name, found.kind, found.content) == ("parcel.gif", kind, content)


@pytest.mark.parametrize(
    "content", (b"", b"GIF89a", b"\xff\xd8\xff", png()[:8], jpeg()[:60], b"RIFF....WEBP")
)
def test_what_is_no_picture_or_breaks_off_before_it_says_its_size_is_none(
    content: bytes, tmp_path: Path
) -> None:
    with pytest.raises(NoPicture, match="'parcel' is no JPEG or PNG, which is what Meta takes: save it as"):
        picture_of(saved(tmp_path, content))


@pytest.mark.parametrize(
    "content",
    (
        png(bits=16),
        png(colour=0),
        png(colour=3),
        png(bits=4, colour=3),
        jpeg(bits=12),
        jpeg(layers=1),
        jpeg(layers=4),
    ),
)
def test_other_than_rgb_of_8_bits_is_not_taken(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match="is not RGB of 8 bits, which is what Meta takes: save it as that"):
        picture_of(saved(tmp_path, content))


def test_one_byte_more_than_whatsapp_takes_is_too_large(tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match="has 5,242,881 bytes, and WhatsApp takes 5,242,880: save it smaller"):
        picture_of(saved(tmp_path, png(size=LARGEST + 1)))


@pytest.mark.parametrize("name", ("gone.jpg", ".", "no\0name", "n" * 300))
def test_what_cannot_be_read_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(NoPicture, match="put a JPEG or PNG there"):
        picture_of(tmp_path / name)
