"""Makes multibox.json beside this file: who is to find what by torchvision's matchers, and a multi-box loss by PyTorch.

    python make_multibox.py

Needs torch and torchvision.
"""

import json
import pathlib

import torch
import torch.nn.functional as F
from torchvision import ops
from torchvision.models.detection._utils import Matcher, SSDMatcher

torch.manual_seed(3)
ANCHORS, CLASSES = 48, 3


def numbers(x):
    return {"shape": list(x.shape), "values": x.detach().flatten().tolist()}


def boxes(n, least, most):
    size = torch.rand(n, 2) * (most - least) + least
    corner = torch.rand(n, 2) * (100 - size)
    return torch.cat([corner, corner + size], 1)


anchors = boxes(ANCHORS, 10, 60)
# The same anchor twice: a tie.
anchors[7] = anchors[3]
truths = [boxes(n, 15, 55) for n in (4, 0, 2)]
truths[0][0] = anchors[3] + torch.tensor([1.0, 2, 8, -3])
labels = [torch.randint(0, CLASSES, (len(b),)) for b in truths]

matches = {}
for name, matcher in {
    "none": Matcher(0.5, 0.4, allow_low_quality_matches=False),
    "bestAnchors": Matcher(0.7, 0.3, allow_low_quality_matches=True),
    "bestAnchor": SSDMatcher(0.5),
}.items():
    matches[name] = [matcher(ops.box_iou(b, anchors)).tolist() for b in truths if len(b)]

coordinates = ops.box_convert(anchors, "xyxy", "cxcywh")


def encode(b, l):
    target, label = torch.zeros(ANCHORS, 4), torch.zeros(ANCHORS, dtype=torch.long)
    if len(b):
        best, index = ops.box_iou(anchors, b).max(1)
        first = ops.box_iou(anchors, b).argmax(0)
        index[first] = torch.arange(len(b))
        best[first] = 1
        g = ops.box_convert(b[index], "xyxy", "cxcywh")
        target = torch.cat(
            [
                (g[:, :2] - coordinates[:, :2]) / coordinates[:, 2:] * 10,
                torch.log(g[:, 2:] / coordinates[:, 2:]) * 5,
            ],
            1,
        )
        label = torch.where(best >= 0.5, l[index] + 1, torch.where(best < 0.4, 0, -1))
    return target, label


codes = torch.randn(3, ANCHORS, 4, requires_grad=True)
logits = torch.randn(3, ANCHORS, CLASSES + 1, requires_grad=True)
wanted = [encode(b, l) for b, l in zip(truths, labels)]
target, label = torch.stack([t for t, _ in wanted]), torch.stack([l for _, l in wanted])
positive = label > 0
count = positive.sum()
entropy = F.cross_entropy(
    logits.flatten(0, 1), label.flatten().clamp(min=0), reduction="none"
).view_as(label)
background = torch.where(label == 0, entropy, torch.zeros(())).flatten().topk(3 * int(count))
classes = (entropy[positive].sum() + background.values.sum()) / count
boxes_part = F.smooth_l1_loss(codes[positive], target[positive], reduction="sum") / count
(classes + boxes_part).backward()

result = {
    "anchors": numbers(anchors),
    "truths": [numbers(b) for b in truths],
    "labels": [l.tolist() for l in labels],
    "matches": matches,
    "codes": numbers(codes),
    "logits": numbers(logits),
    "count": int(count),
    "classes": classes.item(),
    "boxes": boxes_part.item(),
    "codesGradient": numbers(codes.grad),
    "logitsGradient": numbers(logits.grad),
}
path = pathlib.Path(__file__).with_name("multibox.json")
path.write_text(json.dumps(result) + "\n")
