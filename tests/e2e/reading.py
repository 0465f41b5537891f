"""Everything that a folder of outputs says, also where it stands packed: in Parquet, pictures and pages."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pyarrow.parquet as parquet
import pydicom

PICTURE_IN_PAGE = re.compile(r"data:image/\w+;base64,([A-Za-z0-9+/=]+)")
PNG_PIXELS = {b"IHDR", b"IDAT", b"PLTE", b"IEND"}


def said_in(folder: Path) -> dict[str, str]:
    """By name below the folder: the name itself and whatever words stand in the file."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): f"{path.relative_to(folder)}\n{words_of(path)}" for path in files}


def words_of(path: Path) -> str:
    """The words of one file."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        return f"{table.schema} {table.schema.metadata} {table.to_pylist()}"
    if path.suffix == ".png":
        return words_of_png(data)
    if path.suffix == ".jpg":
        return words_of_jpeg(data)
    if path.suffix == ".dcm":
        dataset = pydicom.dcmread(path)
        del dataset.PixelData
        return f"{dataset.file_meta} {dataset} {dataset.preamble}"
    text = data.decode("utf-8")
    pictures = (base64.b64decode(packed) for packed in PICTURE_IN_PAGE.findall(text))
    inside = [words_of_png(one) if one.startswith(b"\x89PNG") else words_of_jpeg(one) for one in pictures]
    return " ".join([PICTURE_IN_PAGE.sub("", text), *inside])


def words_of_png(data: bytes) -> str:
    """What stands beside the pixels: texts, profiles, times."""
    at, found = 8, []
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if kind not in PNG_PIXELS:
            found.append(data[at + 4 : at + 8 + size].decode("latin-1"))
        at += size + 12
    return " ".join(found)


def words_of_jpeg(data: bytes) -> str:
    """Application segments but the first, which is fixed, and comments."""
    at, found = 2, []
    while at < len(data) and data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4])
        if data[at + 1] in (*range(0xE1, 0xF0), 0xFE):
            found.append(data[at + 4 : at + 2 + size].decode("latin-1"))
        at += 2 + size
    return " ".join(found)
