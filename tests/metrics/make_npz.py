"""Writes npz/: statistics as other programs write them, good and bad.  python tests/metrics/make_npz.py"""

import io
import pathlib
import zipfile

import numpy as np

FOLDER = pathlib.Path(__file__).with_name("npz")
MU, SIGMA = np.array([1.0, 2.0]), np.array([[2.0, 0.5], [0.5, 1.0]])


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def with_shape(shape):
    """A sigma whose header claims a shape that its data doesn't have."""
    return npy(SIGMA).replace(b"(2, 2), }" + b" " * (len(shape) - 6), shape + b", }")


def of_version(array, version):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return out.getvalue()


def spaced(array, spaces):
    """An array whose header has many spaces within its shape."""
    return of_version(array, (2, 0)).replace(b"(2, 2), }", b"(2," + b" " * spaces + b"2), }")


def lengthened(content, by):
    """The content with the length of its header corrected."""
    size = int.from_bytes(content[8:12], "little") + by
    return content[:8] + size.to_bytes(4, "little") + content[12:]


class Stream(io.RawIOBase):
    """A file without seeking, so that the sizes of zip members are written after them (data descriptors)."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def writable(self):
        return True

    def write(self, content):
        return self.file.write(content)


def pack(name, **members):
    with zipfile.ZipFile(FOLDER / name, "w") as archive:
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(member + ".npy"), content)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / "compressed.npz", mu=MU, sigma=SIGMA)
    np.savez(FOLDER / "stored_float32.npz", mu=MU.astype("f4"), sigma=SIGMA.astype("f4"))
    np.savez(FOLDER / "big_endian_fortran.npz", mu=MU.astype(">f8"), sigma=np.asfortranarray(SIGMA.astype(">f8")))
    np.savez(FOLDER / "foreign_count.npz", mu=MU, sigma=SIGMA, count=np.array(["many", "more"]))
    np.savez(FOLDER / "no_mu.npz", sigma=SIGMA)
    np.savez(FOLDER / "wrong_shape.npz", mu=MU, sigma=np.eye(3))
    np.savez(FOLDER / "not_finite.npz", mu=MU, sigma=SIGMA * np.array([1, np.nan]))
    np.savez(FOLDER / "objects.npz", mu=np.array([{}, {}], dtype=object), sigma=SIGMA)
    np.savez(FOLDER / "integers.npz", mu=np.array([1, 2]), sigma=SIGMA)
    np.savez(FOLDER / "not_symmetric.npz", mu=MU, sigma=np.array([[2.0, 0.5], [0.0, 1.0]]))
    pack("huge_header.npz", mu=npy(MU), sigma=with_shape(b"(1000000000, 1000000000)"))
    np.savez(FOLDER / "first_edition.npz", format=np.array("tise-eval statistics 1"), mu=MU, sigma=SIGMA, count=np.array(30),
             model_sha256=np.array("abc123"), preparation=np.array("{}"), set=np.array("a set"))
    np.savez(FOLDER / "row.npz", mu=MU[None], sigma=SIGMA)
    pack("headers_2_and_3.npz", mu=of_version(MU, (2, 0)), sigma=of_version(SIGMA, (3, 0)))
    with zipfile.ZipFile(FOLDER / "spaced_header.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mu.npy", npy(MU))
        archive.writestr("sigma.npy", lengthened(spaced(SIGMA, 60_000), 59_999))
    with zipfile.ZipFile(FOLDER / "zip64.npz", "w") as archive:
        for name, array in {"sigma": SIGMA, "mu": MU}.items():
            with archive.open(zipfile.ZipInfo(name + ".npy"), "w", force_zip64=True) as member:
                member.write(npy(array))
    with zipfile.ZipFile(Stream(FOLDER / "streamed.npz"), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in {"sigma": SIGMA, "mu": MU}.items():
            archive.writestr(name + ".npy", npy(array))
    with zipfile.ZipFile(FOLDER / "twice.npz", "w") as archive:
        for array in (MU, MU + 1):
            archive.writestr(zipfile.ZipInfo("mu.npy"), npy(array))
        archive.writestr(zipfile.ZipInfo("sigma.npy"), npy(SIGMA))
    pack("lying_header.npz", mu=npy(MU), sigma=with_shape(b"(9999, 9999)"))
