"""Makes model archives for tise-eval from weights; `tise-export` runs this.

The exports are `clip`, `clip_l336`, `dinov2`, `inception`, `maskrcnn` and `all`; the `main` of each runs it as a
program. `encoder` makes an archive of any network that maps images to features, `preparation` makes the `input` of its
card, and `archive` writes archives of any kind. Most modules need torch; `all`, `fetching`, `preparation` and
`published` need only Python's standard library.
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

    `module` maps images [N, 3, H, W] float32 to features [N, F]. It must be in evaluation mode, so that an image's
    features don't depend on the rest of the batch. A copy of it is scripted, or traced if it can't be scripted.
    `input` describes how images are prepared; make it with `preparation.card_input`. `output` is the archive's path.
    `name` is the model's name in reports (default: the file name). `half` stores the weights in half precision.

    The archive is read back and compared with the module. Raises ExportError if the module can't be exported; an
    existing file at `output` is then kept.
    """
    from pathlib import Path

    from . import encoders

    return encoders.write(module, input, Path(output), name, half)
