"""Reads pickles without running code in them.

A pickle names functions and classes to call. Here each name is looked up in a short table of substitutes, which can
only build numbers, strings, dicts and arrays; any other name is refused. The pickle never gets a function or class of
Python, numpy or torch.
"""

from __future__ import annotations

import math
import pickle
import struct
from typing import TYPE_CHECKING, Any, BinaryIO, Mapping

if TYPE_CHECKING:
    import numpy


class Refused(Exception):
    """A pickle refers to something that isn't plain data, or has unexpected content. The message doesn't name the
    file."""


class Dtype:
    """Stands in for numpy.dtype: the code of an element's type, such as `i8`, and its byte order."""

    def __init__(self, code: str) -> None:
        self.kind, self.size = code[0], int(code[1:] or 0)
        self.order = "<"

    def __setstate__(self, state: tuple) -> None:
        self.order = ">" if state[1] == ">" else "<"

    def elements(self, data: bytes) -> list:
        """Raises Refused if the elements are neither numbers nor strings."""
        if self.kind == "U":
            codec = "utf-32-le" if self.order == "<" else "utf-32-be"
            step = max(4 * self.size, 1)
            return [data[i:i + step].decode(codec).rstrip("\0") for i in range(0, len(data), step)]
        formats = {"b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I",
                   "u8": "Q", "f2": "e", "f4": "f", "f8": "d"}
        name = f"{self.kind}{self.size}"
        if name not in formats:
            raise Refused(f"has numpy elements of type {name}, which is not supported")
        return [element for (element,) in struct.iter_unpack(self.order + formats[name], data)]


class Array:
    """Stands in for numpy.ndarray: its bytes, shape and type."""

    def __setstate__(self, state: tuple) -> None:
        _, self.shape, self.dtype, self.is_fortran, self.data = state

    @staticmethod
    def of(*state: Any) -> Array:
        array = Array()
        array.__setstate__(state)
        return array

    def elements(self) -> list:
        """The elements of an array with at most one dimension. Raises Refused for more dimensions, or for elements that
        aren't plain data."""
        if len(self.shape) > 1:
            raise Refused(f"has a numpy array with {len(self.shape)} dimensions, expected at most 1")
        return list(self.data) if isinstance(self.data, list) else self.dtype.elements(self.data)

    def numbers(self) -> numpy.ndarray:
        """Raises Refused if the elements aren't floating-point numbers, or their number doesn't match the shape."""
        import numpy

        if self.dtype.kind != "f" or self.dtype.size not in (2, 4, 8):
            raise Refused(f"has an array of type {self.dtype.kind}{self.dtype.size}, not of floating-point numbers")
        if len(self.data) != self.dtype.size * math.prod(self.shape):
            raise Refused(f"has an array of shape {list(self.shape)} with {len(self.data)} bytes")
        numbers = numpy.frombuffer(self.data, f"{self.dtype.order}f{self.dtype.size}")
        return numbers.reshape(self.shape, order="F" if self.is_fortran else "C")


PLAIN: dict[str, Any] = {
    "numpy.dtype": lambda code, *_: Dtype(code),
    "numpy.ndarray": "ndarray",
    "_codecs.encode": lambda text, _: text.encode("latin-1"),  # how old protocols write bytes
    "collections.OrderedDict": lambda pairs=(): dict(pairs),
    "collections.Counter": lambda pairs=(): dict(pairs),
    "collections.defaultdict": lambda *_: {},
}
for module in ("numpy.core", "numpy._core"):  # of numpy 1 and numpy 2
    PLAIN[f"{module}.multiarray.scalar"] = lambda dtype, data: dtype.elements(data)[0]
    PLAIN[f"{module}.multiarray._reconstruct"] = lambda *_: Array()
    PLAIN[f"{module}.numeric._frombuffer"] = \
        lambda data, dtype, shape, order: Array.of(1, shape, dtype, order == "F", data)


class Unpickler(pickle.Unpickler):
    """`load` raises Refused, or any other exception if the pickle is damaged."""

    def __init__(self, file: BinaryIO, admitted: Mapping[str, Any] = {}) -> None:
        super().__init__(file, encoding="utf-8")
        self.admitted = {**PLAIN, **admitted}

    def find_class(self, module: str, name: str) -> Any:
        if f"{module}.{name}" not in self.admitted:
            raise Refused(f"refers to {module}.{name}, which is not plain data: refused, nothing was run")
        return self.admitted[f"{module}.{name}"]
