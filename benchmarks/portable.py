"""The benchmark's inputs in a few megabytes, for a machine that has torch and nothing else.

Full-size networks are 900 MB, but nearly all of it was drawn from seeds: what is packed of a drawn tensor is its number,
and the machine that unpacks draws it again. Draws are made of a generator's integers and of single additions and
multiplications, so that they come out the same on every machine; each is checked by its hash.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import shutil
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest import mock

SEED = 2020
LARGE = 1 << 15  # numbers, from which on a tensor is drawn in this way
STEPS = 1 << 15  # integers on either side of 0
LIST = "drawn.json"  # within a packed archive
EPOCH = (1980, 1, 1, 0, 0, 0)  # of entries, so that archives are the same whenever they are unpacked


@dataclass(frozen=True)
class Draw:
    """Numbers drawn evenly around a mean."""

    number: int
    count: int
    mean: float
    deviation: float

    def tensor(self):  # -> torch.Tensor, [count] float32
        import torch

        generator = torch.Generator().manual_seed(SEED + self.number)
        steps = torch.randint(-STEPS, STEPS, (self.count,), generator=generator, dtype=torch.int32)
        return steps.float().mul_(3**0.5 / STEPS).mul_(self.deviation).add_(self.mean)


@contextmanager
def recorded(draws: list[Draw]) -> Iterator[None]:
    """Within, torch fills large tensors with draws, in the place of its own normal and uniform numbers."""
    import torch

    normal, uniform = torch.Tensor.normal_, torch.Tensor.uniform_

    def fill(tensor, mean: float, deviation: float):
        draws.append(Draw(len(draws), tensor.numel(), mean, deviation))
        return tensor.copy_(draws[-1].tensor().view(tensor.shape))

    def normal_(tensor, mean=0.0, std=1.0, *, generator=None):
        large = tensor.numel() >= LARGE
        return fill(tensor, mean, std) if large else normal(tensor, mean, std, generator=generator)

    def uniform_(tensor, low=0.0, high=1.0, *, generator=None):
        if tensor.numel() < LARGE:
            return uniform(tensor, low, high, generator=generator)
        return fill(tensor, (low + high) / 2, (high - low) / 12**0.5)

    with mock.patch.object(torch.Tensor, "normal_", normal_), mock.patch.object(torch.Tensor, "uniform_", uniform_):
        yield


def save_draws(draws: list[Draw], path: Path) -> None:
    path.write_text(json.dumps([asdict(draw) for draw in draws]))


def load_draws(path: Path) -> list[Draw]:
    return [Draw(**draw) for draw in json.loads(path.read_text())]


def _forms(draw: Draw) -> dict[str, bytes]:
    """What an archive may hold of a draw: the numbers, or what half precision leaves of them."""
    numbers = draw.tensor()
    forms = {"float32": numbers, "float16": numbers.half(), "rounded": numbers.half().float()}
    return {name: ctypes.string_at(form.data_ptr(), form.nbytes) for name, form in forms.items()}


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _write_zip(path: Path, entries: Iterator[tuple[str, bytes]], compression: int) -> None:
    partial = path.with_name(path.name + ".partial")
    with zipfile.ZipFile(partial, "w", compression) as out:
        for name, data in entries:
            out.writestr(zipfile.ZipInfo(name, EPOCH), data, compression)
    partial.rename(path)


def pack_archive(archive: Path, draws: list[Draw], packed: Path) -> None:
    known: dict[str, tuple[Draw, str]] = {}
    for draw in draws:
        known |= {_sha256(data): (draw, form) for form, data in _forms(draw).items()}
    listed: dict[str, dict] = {}

    def entries() -> Iterator[tuple[str, bytes]]:
        with zipfile.ZipFile(archive) as source:
            for name in source.namelist():
                data = source.read(name)
                found = known.get(_sha256(data)) if len(data) >= 2 * LARGE else None
                if found:
                    listed[name] = {**asdict(found[0]), "form": found[1], "sha256": _sha256(data)}
                yield name, b"" if found else data
        yield LIST, json.dumps(listed).encode()

    _write_zip(packed, entries(), zipfile.ZIP_DEFLATED)


def unpack_archive(packed: Path, archive: Path) -> None:
    """Exits where a draw doesn't come out as it was."""
    with zipfile.ZipFile(packed) as source:
        listed = json.loads(source.read(LIST))

        def entries() -> Iterator[tuple[str, bytes]]:
            for name in source.namelist():
                if name == LIST:
                    continue
                if name not in listed:
                    yield name, source.read(name)
                    continue
                values = dict(listed[name])
                form, expected = values.pop("form"), values.pop("sha256")
                data = _forms(Draw(**values))[form]
                if _sha256(data) != expected:
                    sys.exit(f"{archive.name}: {name} is drawn otherwise by this torch: use the version it was packed with")
                yield name, data

        _write_zip(archive, entries(), zipfile.ZIP_STORED)


def pack(archives: list[Path], draws: list[Draw], pictures: list[Path], output: Path) -> None:
    """Writes one file of the archives, which are made of the draws, and of the folders of pictures."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(output, "w:gz") as out:
        for archive in archives:
            packed = Path(folder) / archive.name
            pack_archive(archive, draws, packed)
            out.add(packed, f"models/{archive.name}")
            print(f"{archive.name}: {archive.stat().st_size:,} bytes, packed {packed.stat().st_size:,}", file=sys.stderr)
        for part in pictures:
            out.add(part, f"pictures/{part.name}")


def unpack(packed: Path, work: Path) -> None:
    """Makes `models` and `pictures` in the folder, where they aren't there."""
    if (work / "models").exists():
        return
    work.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        with tarfile.open(packed) as source:
            source.extractall(folder, filter="data")
        models = Path(folder) / "unpacked"
        models.mkdir()
        for archive in sorted((Path(folder) / "models").iterdir()):
            print(f"drawing {archive.name}", file=sys.stderr)
            unpack_archive(archive, models / archive.name)
        shutil.rmtree(work / "pictures", ignore_errors=True)
        (Path(folder) / "pictures").rename(work / "pictures")
        models.rename(work / "models")
