"""Converts statistics and features from other evaluators' pickles to an .npz file for tise-eval's --real.

  edm2            dataset-refs/*.pkl of EDM2: mu and sigma per metric; choose a metric with --metric
  stylegan3       gan-metrics/*.pkl of StyleGAN2-ADA and StyleGAN3: features, or sums, converted to mu and sigma
  torch-fidelity  *-stat-fid-*.pt and *-features-*.pt from torch-fidelity's cache

The .npz contains mu [F] and sigma [F, F] in float64, or feats [N, F]. No code in a file is run: only arrays of numbers
are read, and a file that contains anything else is refused. torch is not needed.
"""

from __future__ import annotations

import argparse
import math
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy

from . import _commands
from ._errors import InputError, UsageError
from ._pickles import Array, Dtype, Refused, Unpickler

Arrays = dict[str, numpy.ndarray]

# The first bytes of files written by torch.save before PyTorch 1.6.
OLD_TORCH = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
ASYMMETRY = 1e-4  # limit for sigma, relative to its largest value


def refuse(why: str) -> NoReturn:
    raise Refused(why)


def field(content: Any, name: str, kind: type, what: str) -> Any:
    """The dict's field `name`. Raises Refused if it is missing or has another type."""
    value = content.get(name)
    if not isinstance(value, kind) or isinstance(value, bool) != (kind is bool):
        refuse(f"has no {what} {name!r}")
    return value


def double(content: Any, name: str) -> numpy.ndarray:
    return field(content, name, Array, "array").numbers().astype("float64")


def moments(content: Any) -> Arrays:
    return {name: double(content, name) for name in ("mu", "sigma")}


def load(path: Path) -> Any:
    with open(path, "rb") as file:
        if file.peek(2).startswith(b"PK"):
            refuse("is a zip file, not a pickle; if it is an .npz with mu and sigma, tise-eval reads it directly")
        content = Unpickler(file).load()
    return content if isinstance(content, dict) else refuse(f"expected a dict, got {type(content).__name__}")


def read_edm2(path: Path, metric: str | None) -> Arrays:
    content = load(path)
    names = [name for name, entry in content.items() if isinstance(entry, dict) and {"mu", "sigma"} <= set(entry)]
    if not names:
        refuse("has no metric with mu and sigma; is it an EDM2 file?")
    choice = f"choose one of {', '.join(map(str, names))}"
    if metric is None and len(names) > 1:
        refuse(f"has several metrics; {choice} with --metric")
    if metric is not None and metric not in names:
        refuse(f"has no metric {metric!r}; {choice}")
    return moments(content[metric or names[0]])


def read_stylegan3(path: Path) -> Arrays:
    content = load(path)
    count = field(content, "num_items", int, "number")
    if field(content, "capture_mean_cov", bool, "true or false"):
        if count < 2:
            refuse(f"has sums of {count} images; a covariance needs at least 2")
        mean, products = (double(content, name) / count for name in ("raw_mean", "raw_cov"))
        covariance = products - numpy.outer(mean, mean)  # divided by N; all other tools divide by N - 1
        return {"mu": mean, "sigma": covariance * (count / (count - 1))}
    batches = [batch.numbers() for batch in field(content, "all_features", list, "list")]
    if not batches:
        refuse("has neither sums nor features")
    if sum(len(batch) for batch in batches) != count or sum(batch.nbytes for batch in batches) > path.stat().st_size:
        refuse(f"has a number of features that differs from num_items, {count}")
    return {"feats": numpy.concatenate(batches)}


@dataclass(frozen=True)
class Storage:
    """The numbers of a tensor: a member of the zip file."""

    code: str
    key: str


@dataclass(frozen=True)
class Tensor:
    storage: Storage
    offset: int
    shape: tuple
    stride: tuple


TORCH = {"torch._utils._rebuild_tensor_v2": lambda storage, offset, shape, stride, *_:
         Tensor(storage, offset, shape, stride),
         "torch.FloatStorage": "f4", "torch.DoubleStorage": "f8", "torch.HalfStorage": "f2"}


class TorchUnpickler(Unpickler):
    def persistent_load(self, pid: tuple) -> Storage:
        kind, code, key, _, _ = pid
        return Storage(code, key) if kind == "storage" else refuse(f"refers to a {kind}, not to a tensor's storage")


def read_torch_fidelity(path: Path) -> Arrays:
    with open(path, "rb") as file:
        if file.peek(len(OLD_TORCH)).startswith(OLD_TORCH):
            refuse("has the format of PyTorch before 1.6; recreate it with torch-fidelity and a newer PyTorch")
        if not zipfile.is_zipfile(file):
            refuse("was not written by torch.save, or is truncated")
        with zipfile.ZipFile(file) as members:
            return read_torch(members)


def read_torch(members: zipfile.ZipFile) -> Arrays:
    names = [name for name in members.namelist() if name.endswith("/data.pkl")]
    if len(names) != 1:
        refuse("was not written by torch.save")
    folder = names[0][:-len("data.pkl")]
    if any(member.compress_type != zipfile.ZIP_STORED for member in members.infolist()):
        refuse("is compressed, which torch.save does not do")
    if folder + "byteorder" in members.namelist() and members.read(folder + "byteorder") != b"little":
        refuse("was written on a big-endian machine")
    with members.open(names[0]) as file:
        content = TorchUnpickler(file, TORCH).load()
    if isinstance(content, dict):
        return moments(content)
    if not isinstance(content, Tensor):
        refuse(f"expected statistics or features, got {type(content).__name__}")
    return {"feats": numbers_of(content, members.read(f"{folder}data/{content.storage.key}"))}


def numbers_of(tensor: Tensor, data: bytes) -> numpy.ndarray:
    """The tensor's numbers. Raises Refused if it isn't contiguous or exceeds its storage."""
    shape, size = tensor.shape, int(tensor.storage.code[1:])
    if list(tensor.stride) != [math.prod(shape[axis + 1:]) for axis in range(len(shape))]:
        refuse(f"has a tensor of shape {list(shape)} with strides {list(tensor.stride)}, which is not contiguous")
    begin, length = tensor.offset * size, math.prod(shape) * size
    if begin < 0 or begin + length > len(data):
        refuse(f"has a tensor of shape {list(shape)} but only {len(data)} bytes for it")
    return Array.of(1, shape, Dtype(tensor.storage.code), False, data[begin:begin + length]).numbers()


def check(arrays: Arrays) -> None:
    """Raises Refused if the arrays are not valid statistics or features."""
    for name, array in arrays.items():
        if not numpy.isfinite(array).all():
            refuse(f"has values in {name} that are not finite")
    if "feats" in arrays:
        if arrays["feats"].ndim != 2 or 0 in arrays["feats"].shape:
            refuse(f"has features of shape {list(arrays['feats'].shape)}, not [N, F]")
        return
    mu, sigma = arrays["mu"], arrays["sigma"]
    if mu.ndim != 1 or len(mu) == 0 or sigma.shape != (len(mu), len(mu)):
        refuse(f"has mu of shape {list(mu.shape)} and sigma of shape {list(sigma.shape)}, not [F] and [F, F]")
    if numpy.abs(sigma - sigma.T).max() > ASYMMETRY * numpy.abs(sigma).max():
        refuse("has a sigma that is not symmetric")


def read(kind: str, path: Path, metric: str | None = None) -> Arrays:
    """Reads and checks the arrays of a file. Raises InputError."""
    try:
        arrays = read_edm2(path, metric) if kind == "edm2" else \
            read_stylegan3(path) if kind == "stylegan3" else read_torch_fidelity(path)
        check(arrays)
        return arrays
    except Refused as error:
        raise InputError(f"statistics {path}: {error}") from None
    except OSError as error:
        raise InputError(f"statistics {path}: {error.strerror}") from None
    except Exception as error:  # a damaged pickle can raise any exception
        raise InputError(f"statistics {path}: damaged or truncated: {type(error).__name__}: {error}") from None


def write(arrays: Arrays, output: Path) -> None:
    """Writes the .npz atomically. Raises InputError."""
    with _commands.written(output, "output", mode="wb") as file:
        numpy.savez(file, **arrays)


def arguments(name: str, given: list[str]) -> argparse.Namespace:
    parser = _commands.Parser(prog=name, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(kind=name.split()[-1], metric=None)
    parser.add_argument("file", type=Path, metavar="FILE", help="file to import")
    parser.add_argument("--output", type=Path, metavar="FILE", required=True, help=".npz file to write")
    if name.endswith("edm2"):
        parser.add_argument("--metric", metavar="NAME", help="fid or fd_dinov2, if the file has both")
    options = parser.parse_args(given)
    if options.output.suffix != ".npz":
        raise UsageError(f"--output {options.output}: must end in .npz")
    return options


def run(options: argparse.Namespace) -> None:
    """Raises UsageError and InputError."""
    arrays = read(options.kind, options.file, options.metric)
    write(arrays, options.output)
    shapes = ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items())
    print(f"wrote {shapes} to {options.output}", file=sys.stderr)
