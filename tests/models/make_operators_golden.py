"""Writes the results of torchvision's own operators to operators.json, next to this file.

    pip install torch==2.11.0 torchvision==0.26.0
    python tests/models/make_operators_golden.py
"""

import json
from pathlib import Path

import torch
from torchvision.ops import nms, roi_align


def listed(tensor: torch.Tensor) -> list:
    return [round(value, 7) for value in tensor.flatten().tolist()]


def nms_cases() -> dict:
    generator = torch.Generator().manual_seed(1)
    corners = (torch.rand(80, 2, generator=generator) * 60).round(decimals=2)
    sizes = (torch.rand(80, 2, generator=generator) * 40).round(decimals=2)
    sizes[3] = 0  # an empty box
    boxes = torch.cat([corners, corners + sizes], 1)
    boxes[7] = boxes[6]
    scores = torch.rand(80, generator=generator).round(decimals=1)  # many ties
    kept = {str(t): nms(boxes, scores, t).tolist() for t in (0.0, 0.3, 0.5, 0.7, 1.0)}
    return {"boxes": listed(boxes), "scores": listed(scores), "kept": kept}


def roi_align_cases() -> dict:
    generator = torch.Generator().manual_seed(2)
    shape = [2, 3, 9, 13]
    features = torch.randn(shape, generator=generator)
    rois = torch.tensor([
        [0, 0.0, 0.0, 12.0, 8.0],
        [1, 1.3, 2.6, 7.9, 6.1],
        [0, 5.0, 3.0, 5.2, 3.1],      # less than a pixel
        [1, -6.0, -4.0, 3.0, 2.0],    # beyond the upper left corner
        [0, 8.0, 5.0, 40.0, 30.0],    # beyond the lower right corner
        [1, 20.0, 20.0, 30.0, 30.0],  # outside
        [0, 6.0, 6.0, 2.0, 1.0],      # inverted
    ])  # fmt: skip
    cases = []
    for scale, height, width, ratio, aligned in (
        (1.0, 7, 7, 2, False), (0.25, 3, 5, 2, True), (0.5, 2, 2, 0, False), (1.0, 3, 2, -1, True), (1.0, 1, 1, 3, False),
    ):  # fmt: skip
        answer = roi_align(features, rois, (height, width), scale, ratio, aligned)
        cases.append({
            "spatial_scale": scale, "height": height, "width": width, "sampling_ratio": ratio, "aligned": aligned,
            "answer": listed(answer),
        })  # fmt: skip
    return {"shape": shape, "features": listed(features), "rois": listed(rois), "cases": cases}


def main() -> None:
    golden = {"nms": nms_cases(), "roi_align": roi_align_cases()}
    Path(__file__).with_name("operators.json").write_text(json.dumps(golden) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
