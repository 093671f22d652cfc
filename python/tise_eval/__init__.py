"""tise-eval from Python: runs the program and returns its results as typed objects.

    import tise_eval

    report = tise_eval.evaluate("samples/", captions="captions.json", real="coco-val/")
    report["FID"].value, report["FID"].std_error
    report.to_pandas()

`tise_eval.export` makes model archives. `tise_eval.import_statistics` reads the pickles of other evaluators,
`tise_eval.import_tise` those of the TISE toolbox.
"""

from ._errors import GateCrossed, InputError, InternalError, Interrupted, ModelError, TiseError, UsageError
from ._evaluate import evaluate, run
from ._parquet import Parquet
from ._report import Metric, Report, Sample
from ._store import Chunk, Store

__all__ = [
    "Chunk", "GateCrossed", "InputError", "InternalError", "Interrupted", "Metric", "ModelError", "Parquet",
    "Report", "Sample", "Store", "TiseError", "UsageError", "evaluate", "run",
]
