"""A typed report, as written by `tise-eval --output`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence, Union

from ._errors import InputError

if TYPE_CHECKING:
    import pandas

ENTRY = ("value", "std_error", "ci95", "n", "higher_is_better", "reason", "unreliable")


@dataclass(frozen=True)
class Metric:
    """One metric's entry; if it couldn't be computed, `value` is None and `reason` tells why."""

    key: str
    value: float | None
    std_error: float | None
    ci95: tuple[float, float] | None
    n: int | None
    higher_is_better: bool
    reason: str | None = None
    unreliable: str | None = None  # why the standard error is unreliable
    details: Mapping[str, Any] = field(default_factory=dict)  # other fields, such as FID's n_real

    @staticmethod
    def of(key: str, entry: Mapping[str, Any]) -> Metric:
        interval = entry.get("ci95")
        return Metric(key=key, value=entry.get("value"), std_error=entry.get("std_error"),
                      ci95=(interval[0], interval[1]) if interval else None, n=entry.get("n"),
                      higher_is_better=entry["higher_is_better"], reason=entry.get("reason"),
                      unreliable=entry.get("unreliable"),
                      details={name: value for name, value in entry.items() if name not in ENTRY})


@dataclass(frozen=True)
class Sample:
    """A line of --samples: a pair of image and caption, or an image in a run without captions."""

    id: str
    image: str
    caption: str | None
    scores: Mapping[str, float]
    influence: Mapping[str, float]
    detections: Sequence[Mapping[str, Any]]


class Report(Mapping[str, Metric]):
    """Metrics by key; the report's other content is in `content`."""

    def __init__(self, content: Mapping[str, Any], *, samples: Sequence[Mapping[str, Any]] = (),
                 gates_crossed: Sequence[str] = ()) -> None:
        if not isinstance(content, Mapping) or "signature" not in content or "metrics" not in content:
            raise InputError("not a tise-eval report")
        self.content = content  # the whole JSON
        self.signature: str = content["signature"]
        self.gates_crossed = list(gates_crossed)
        self.samples = [Sample(id=line.get("id", line["image"]), image=line["image"], caption=line.get("caption"),
                               scores=line.get("scores", {}), influence=line.get("influence", {}),
                               detections=line.get("detections", ()))
                        for line in samples if "image" in line]
        self._metrics = {key: Metric.of(key, entry) for key, entry in content["metrics"].items()}

    @staticmethod
    def read(path: Union[str, "os.PathLike[str]"]) -> Report:
        """Reads a report from a JSON file. Raises InputError."""
        try:
            return Report(json.loads(Path(path).read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise InputError(f"report {path}: {error}") from None

    def write(self, path: Union[str, "os.PathLike[str]"]) -> None:
        Path(path).write_text(json.dumps(self.content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    def __getitem__(self, key: str) -> Metric:
        return self._metrics[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._metrics)

    def __len__(self) -> int:
        return len(self._metrics)

    def __repr__(self) -> str:
        values = ", ".join(f"{metric.key} {metric.value:.4f}" for metric in self.values() if metric.value is not None)
        return f"<tise_eval.Report: {values}>"

    def to_pandas(self) -> pandas.DataFrame:
        """One row per metric: value, std_error, ci95_low, ci95_high, n, higher_is_better, reason, unreliable."""
        import pandas

        rows = [{"value": metric.value, "std_error": metric.std_error,
                 "ci95_low": metric.ci95[0] if metric.ci95 else None,
                 "ci95_high": metric.ci95[1] if metric.ci95 else None, "n": metric.n,
                 "higher_is_better": metric.higher_is_better, "reason": metric.reason,
                 "unreliable": metric.unreliable} for metric in self.values()]
        return pandas.DataFrame(rows, index=pandas.Index(list(self), name="metric"))

    def samples_to_pandas(self) -> pandas.DataFrame:
        """One row per sample: image, caption, scores, and influences in columns such as `influence CLIP-S`."""
        import pandas

        rows = [{"image": sample.image, "caption": sample.caption, **sample.scores,
                 **{f"influence {key}": value for key, value in sample.influence.items()}} for sample in self.samples]
        return pandas.DataFrame(rows, index=pandas.Index([sample.id for sample in self.samples], name="id"))
