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
    """A sigma whose header claims a shape that its data hasn't."""
    return npy(SIGMA).replace(b"(2, 2), }" + b" " * (len(shape) - 6), shape + b", }")


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
    pack("lying_header.npz", mu=npy(MU), sigma=with_shape(b"(9999, 9999)"))
