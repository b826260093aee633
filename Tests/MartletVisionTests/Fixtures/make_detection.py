"""Makes detection.json beside this file: what torchvision makes of boxes, with gradients.

    python make_detection.py

Needs torch and torchvision.
"""

import json
import pathlib

import torch
from torchvision import ops, tv_tensors
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.transforms.v2 import functional as F

torch.manual_seed(7)


def numbers(x):
    return {"shape": list(x.shape), "values": x.detach().flatten().tolist()}


def boxes(n, size=100):
    corner = torch.rand(n, 2, dtype=torch.float64) * size
    return torch.cat([corner, corner + torch.rand(n, 2, dtype=torch.float64) * size / 2 + 1], 1)


def case(function, *inputs):
    """The function's value and, for a gradient of the value that is no constant, its gradients."""
    leaves = [x.clone().requires_grad_() for x in inputs]
    value = function(*leaves)
    upstream = torch.linspace(-1, 1, value.numel(), dtype=value.dtype).reshape(value.shape)
    value.backward(upstream)
    return {
        "inputs": [numbers(x) for x in inputs],
        "value": numbers(value),
        "gradients": [numbers(x.grad) for x in leaves],
    }


one, other = boxes(7), boxes(5)
near = one + torch.randn(7, 4, dtype=torch.float64) * 3
near[:, 2:] = torch.maximum(near[:, 2:], near[:, :2] + 1)
result = {
    "iou": case(ops.box_iou, one, other),
    "generalizedIoU": case(ops.generalized_box_iou, one, other),
    "distanceIoU": case(ops.distance_box_iou, one, other),
    "completeIoU": case(ops.complete_box_iou, one, other),
    "area": case(ops.box_area, one),
    "clip": case(lambda b: ops.clip_boxes_to_image(b, (70, 60)), one),
    "generalizedIoULoss": case(lambda a, b: ops.generalized_box_iou_loss(a, b), near, one),
    "distanceIoULoss": case(lambda a, b: ops.distance_box_iou_loss(a, b), near, one),
    "completeIoULoss": case(lambda a, b: ops.complete_box_iou_loss(a, b), near, one),
}
for source in ("xyxy", "xywh", "cxcywh"):
    for target in ("xyxy", "xywh", "cxcywh"):
        result[f"convert {source} {target}"] = case(
            lambda b: ops.box_convert(b, source, target) + 0 * b, one
        )
coder = BoxCoder((10.0, 10.0, 5.0, 5.0))
anchors = boxes(7)
result["encode"] = case(lambda b, a: coder.encode_single(b, a), one, anchors)
codes = torch.randn(7, 4, dtype=torch.float64) * 4
codes[0, 2] = 60  # beyond the largest logarithm
result["decode"] = case(lambda c, a: coder.decode_single(c, a), codes, anchors)

suppression = []
for n, size in ((0, 50), (1, 50), (60, 60), (200, 300), (300, 100)):
    b = boxes(n, size).float()
    scores = torch.rand(n)
    labels = torch.randint(0, 3, (n,))
    results = [
        {
            "threshold": threshold,
            "any": ops.nms(b, scores, threshold).tolist(),
            "ofClass": ops.batched_nms(b, scores, labels, threshold).tolist(),
        }
        for threshold in (0.3, 0.5, 0.7)
    ]
    suppression.append(
        {
            "boxes": numbers(b),
            "scores": scores.tolist(),
            "labels": labels.tolist(),
            "results": results,
        }
    )
images = ImageList(torch.zeros(1, 3, 96, 128), [(96, 128)])
maps = [torch.zeros(1, 1, 3, 4), torch.zeros(1, 1, 2, 2)]
grid = AnchorGenerator(((32, 45.5), (64, 91)), ((0.5, 1.0, 2.0), (0.7, 1.0, 1.3)))
default = DefaultBoxGenerator([[2], [2, 3]], scales=[0.2, 0.5, 1.1])
stepped = DefaultBoxGenerator([[2], [2, 3]], scales=[0.2, 0.5, 1.1], steps=[30, 60], clip=False)
anchors = {
    "grid": numbers(grid(images, maps)[0]),
    "default": numbers(default(images, maps)[0]),
    "stepped": numbers(stepped(images, maps)[0]),
}

# An image of height 70 and width 90, and what becomes of boxes in it, cut at its edges.
inside = boxes(6, 60).round()
inside[:, 2:] = torch.minimum(inside[:, 2:], torch.tensor([90.0, 70.0], dtype=torch.float64))
inside = tv_tensors.BoundingBoxes(inside, format="XYXY", canvas_size=(70, 90))
square = [[0, 0], [90, 0], [90, 70], [0, 70]]
moved = {
    "flip": F.horizontal_flip(inside),
    "flipDown": F.vertical_flip(inside),
    "resize": F.resize(inside, [35, 30]),
    "shorterSide": F.resize(inside, [140]),
    "centerCrop": F.center_crop(inside, [40, 50]),
    "pad": F.pad(inside, [3, 4, 5, 6]),
    "crop": F.crop(inside, 10, 20, 40, 50),
    "resizedCrop": F.resized_crop(inside, 10, 20, 40, 50, [80, 75]),
    "rotate": F.rotate(inside, 30),
    "affine": F.affine(inside, 20, [5, -3], 1.2, [10, 5]),
    "perspective": F.perspective(inside, square, [[5, 3], [80, 10], [85, 60], [2, 66]]),
}
result = {
    "functions": result,
    "suppression": suppression,
    "anchors": anchors,
    "boxes": numbers(inside.as_subclass(torch.Tensor)),
    "moved": {
        name: numbers(F.clamp_bounding_boxes(x).as_subclass(torch.Tensor))
        for name, x in moved.items()
    },
}
path = pathlib.Path(__file__).parent / "detection.json"
path.write_text(json.dumps(result, separators=(",", ":")) + "\n")
