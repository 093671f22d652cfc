"""Makes model archives for tise-eval from weights: what `tise-export` runs.

`clip`, `clip_l336`, `dinov2`, `inception`, `maskrcnn` and `all` are its exports, and their `main` runs them as
programs. `encoder` makes an archive of any network that maps pictures to features, and `preparation` the `input` of its
card; `archive` writes archives of any kind. Weights are read and networks run with torch; `all`, `fetching`,
`preparation` and `published` need nothing but Python's own library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ExportError

if TYPE_CHECKING:
    from os import PathLike

    from torch import nn

__all__ = ["ExportError", "encoder"]


def encoder(module: nn.Module, *, input: dict, output: str | PathLike, name: str | None = None,
            half: bool = False) -> dict:
    """Writes an archive of the kind `encoder` and returns its card.

    `module` maps pictures [N, 3, H, W] float32 to features [N, F]. It has to be in evaluation mode, so that each
    picture is answered by itself. A copy of it is scripted, or traced if it can't be. `input` says how pictures are
    prepared (`preparation.card_input` makes it), `output` is the archive's path, `name` the model's name in reports
    (default: the file's). `half` stores the weights in half precision.

    The archive is read back and compared with the module. Raises ExportError if the module can't be exported; a file
    that was at `output` before then stays.
    """
    from pathlib import Path

    from . import encoders

    return encoders.write(module, input, Path(output), name, half)
