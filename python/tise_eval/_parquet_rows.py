"""Finds the columns of images and captions in a Parquet file, and reads its rows a few at a time.

Images are bytes, Hugging Face's structs of bytes and path, paths relative to the file, or lists of these. To limit
memory, pyarrow must not read ahead or use threads; memory then depends on the largest page.
"""

from __future__ import annotations

import json
import math
import re
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Sequence

from ._errors import InputError, ModelError

if TYPE_CHECKING:
    import pyarrow

BATCH = 8  # rows
BUFFER = 1 << 20  # bytes read from a column at once

# The first bytes of files in the formats that tise-eval knows by extension, including formats that it refuses.
FORMATS = {
    "png": rb"\x89PNG\r\n\x1a\n", "jpg": rb"\xff\xd8\xff", "webp": rb"RIFF....WEBP", "gif": rb"GIF8",
    "bmp": rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "tif": rb"II[*+]\0|MM\0[*+]", "ppm": rb"P[1-6][\s#]",
    "jp2": rb"\0\0\0\x0cjP  ", "j2k": rb"\xff\x4f\xff\x51", "jxl": rb"\xff\x0a|\0\0\0\x0cJXL ",
    "avif": rb"....ftypavi[fs]", "heic": rb"....ftyp(?:hei|hev|mif|msf)", "exr": rb"\x76\x2f\x31\x01",
}
LONGEST_START = 32

# Names of columns that may be the caption, ignoring case; those of src/data/records.h.
CAPTIONS = ("caption", "text", "prompt", "prompts", "prompt_en", "comment", "captions")
# Fields that tise-eval reads: strings; strings or integers; and values that are not scalars.
TEXT_FIELDS = ("position", "opposite", "false_caption")
LABEL_FIELDS = ("id", "cluster")
OTHER_FIELDS = ("caption", "text", "references", "counts", "counting_info", "objects", "distractors",
                "mismatched_captions", "metrics")

BYTES = ("binary", "large_binary", "binary_view")
TEXTS = ("string", "large_string", "string_view")
INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
SCALARS = (*TEXTS, *INTEGERS, "float", "double", "bool")


@dataclass(frozen=True)
class Columns:
    image: str
    caption: str | None


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Converts pyarrow's errors about a file to InputError. Raises ModelError without pyarrow."""
    try:
        import pyarrow
    except ImportError:
        raise ModelError("Parquet needs the Python package pyarrow; run pip install pyarrow") from None
    try:
        yield
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"images {path}: not a Parquet file, or damaged: {error}") from None


def schema_of(path: Path) -> tuple[pyarrow.Schema, int]:
    """The columns and the number of rows. Raises what `reading` does."""
    with reading(path):
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
    if len(set(schema.names)) < len(schema.names):
        raise InputError(f"images {path}: several columns have the same name")
    return schema, rows


def batches(path: Path, columns: Sequence[str]) -> Iterator[pyarrow.RecordBatch]:
    """Reads a file's columns, a few rows at a time. Raises what `reading` does."""
    with reading(path):
        from pyarrow.parquet import ParquetFile

        with ParquetFile(path, pre_buffer=False, buffer_size=BUFFER) as file:
            yield from file.iter_batches(BATCH, columns=columns, use_threads=False)


def name_of(kind: pyarrow.DataType) -> str:
    return str(kind.value_type if str(kind).startswith("dictionary<") else kind)


def is_list(kind: pyarrow.DataType) -> bool:
    return str(kind).startswith(("list<", "large_list<", "fixed_size_list<"))


def is_text(kind: pyarrow.DataType) -> bool:
    """Whether the type is a string or a list of strings."""
    return name_of(kind.value_type if is_list(kind) else kind) in TEXTS


def may_be_encoded(kind: pyarrow.DataType) -> bool:
    """Whether the type is bytes, a struct with bytes, or a list of either."""
    kind = kind.value_type if is_list(kind) else kind
    if str(kind).startswith("struct<"):
        return any(field.name == "bytes" and str(field.type) in (*BYTES, "null") for field in kind)
    return str(kind) in BYTES


def may_be_split_by(field: pyarrow.Field) -> bool:
    """Whether tise-eval can take the column as a field of a caption."""
    if field.name in OTHER_FIELDS:
        return False
    allowed = TEXTS if field.name in TEXT_FIELDS else (*TEXTS, *INTEGERS) if field.name in LABEL_FIELDS else SCALARS
    return name_of(field.type) in allowed


def says_image(feature: Any) -> bool:
    """Whether a feature in Hugging Face's metadata is an image or a list of images."""
    if isinstance(feature, list):
        return len(feature) == 1 and says_image(feature[0])
    return isinstance(feature, dict) and (feature.get("_type") == "Image" or says_image(feature.get("feature")))


def named_by_metadata(schema: pyarrow.Schema) -> list[str]:
    """The columns that Hugging Face's metadata marks as images."""
    try:
        features = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"]
        return [field.name for field in schema if says_image(features.get(field.name)) and
                (may_be_encoded(field.type) or is_text(field.type))]
    except (ValueError, LookupError, TypeError, AttributeError):  # missing or of another kind; it is only a hint
        return []


def find_columns(path: Path, schema: pyarrow.Schema, image: str | None, caption: str | None) -> Columns:
    """The named columns, or else the only ones that fit. The caption "" means no captions. Raises InputError."""
    if image is None:
        found = named_by_metadata(schema) or \
            [field.name for field in schema if may_be_encoded(field.type) and has_images(path, field.name)] or \
            [field.name for field in schema if is_text(field.type) and has_images(path, field.name)]
        image = only_one(path, found, "have images", "--image")
        if image is None:
            raise InputError(f"images {path}: no column has images; its columns are {', '.join(schema.names)} "
                             "(pass --image COLUMN to see why a column has none)")
    if caption is None:
        found = [field.name for field in schema if field.name.lower() in CAPTIONS and is_text(field.type)]
        caption = only_one(path, found, "may be the caption", "--caption")
    return Columns(image, caption or None)


def only_one(path: Path, names: list[str], what: str, flag: str) -> str | None:
    if len(names) > 1:
        raise InputError(f"images {path}: the columns {' and '.join(names)} {what}; choose one with {flag}")
    return names[0] if names else None


def check(path: Path, schema: pyarrow.Schema, columns: Columns) -> None:
    """Raises InputError if the file is missing a column or it has the wrong type."""
    for name, what in ((columns.image, "images"), (columns.caption, "captions")):
        if name is None:
            continue
        if name not in schema.names:
            raise InputError(f"images {path}: no column {name}; its columns are {', '.join(schema.names)}")
        kind = schema.field(name).type
        if not is_text(kind) and not (what == "images" and may_be_encoded(kind)):
            raise InputError(f"images {path}: column {name} has the type {kind}, not {what}")


class NoImage(Exception):
    """A value isn't an image; the message tells why."""


def format_of(content: Any) -> str:
    """The file name extension for an image with this content, by its first bytes. Raises NoImage."""
    start = bytes(memoryview(content)[:LONGEST_START])
    for extension, beginning in FORMATS.items():
        if re.match(beginning, start, re.DOTALL):
            return extension
    raise NoImage(f"not an image (starts with {start[:12]!r})")


def content_of(value: pyarrow.Scalar, folder: Path) -> Any:
    """An image's bytes, not copied; None if the value is null. Raises NoImage."""
    if not value.is_valid:
        return None
    if str(value.type).startswith("struct<"):
        one = value["bytes"]
        return content_of(one if one.is_valid or "path" not in value else value["path"], folder)
    if not is_text(value.type):
        return value.as_buffer()
    path = Path(value.as_py())
    if path.is_absolute() or ".." in path.parts or "://" in value.as_py() or "\0" in value.as_py():
        raise NoImage(f"the path {value.as_py()} is not a file inside {folder}")
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        raise NoImage(f"{folder / path}: {error.strerror}") from None


def contents_of(value: pyarrow.Scalar, path: Path) -> list[Any]:
    """The images of a row, with None for nulls. Raises NoImage."""
    with reading(path):
        if not is_list(value.type):
            return [content_of(value, path.parent)]
        return [content_of(one, path.parent) for one in value] if value.is_valid else []


def has_images(path: Path, column: str) -> bool:
    """Whether the first value that isn't null is an image."""
    for batch in batches(path, [column]):
        for value in batch.column(column):
            try:
                for content in contents_of(value, path):
                    if content is not None:
                        return bool(format_of(content))
            except NoImage:
                return False
    return False


def sidecar(record: dict[str, Any], caption: str | None) -> bytes:
    """The JSON next to an image; empty if the image has no caption. Captions after the first become references."""
    texts = record.pop(caption) if caption is not None else None
    texts = [text for text in (texts if isinstance(texts, list) else [texts]) if text is not None]
    if not texts:
        return b""
    fields = {"caption": texts[0]} | ({"references": texts[1:]} if len(texts) > 1 else {})
    fields |= {name: value for name, value in record.items()
               if value is not None and (not isinstance(value, float) or math.isfinite(value))}
    return json.dumps(fields, ensure_ascii=False).encode()


def rows_of(path: Path, schema: pyarrow.Schema, columns: Columns,
            skip_missing: bool) -> Iterator[tuple[list[tuple[str, str, Any]], bytes]]:
    """Yields for each row its images, as (end of the name: `_0` in a list, extension, content), and their JSON. Raises
    InputError; also for a row without an image, unless `skip_missing`."""
    taken = {columns.image, columns.caption}
    texts = [field.name for field in schema if field.name not in taken and may_be_split_by(field)]
    texts = [columns.caption, *texts] if columns.caption else []
    row = 0
    for batch in batches(path, [columns.image, *texts]):
        with reading(path):
            records = batch.select(texts).to_pylist() if texts else [{}] * len(batch)
        for value, record in zip(batch.column(columns.image), records):
            try:
                contents = contents_of(value, path)
                images = [(f"_{copy}" if is_list(value.type) else "", format_of(content), content)
                          for copy, content in enumerate(contents) if content is not None]
                if len(images) < max(len(contents), 1) and not skip_missing:
                    raise NoImage("no image; pass --skip-missing to skip such rows")
            except NoImage as error:
                raise InputError(f"images {path}: row {row} (from 0), column {columns.image}: {error}") from None
            yield images, sidecar(record, columns.caption)
            row += 1
