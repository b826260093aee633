"""Detectors: what torchvision's own code makes of formula-filled weights: names, candidates, losses and gradients.

The networks are torchvision's with fewer channels. Its transform of the images is left out.

With MARTLET_DETECTORS=FOLDER, the networks as they are, too: their state dicts, an image, and what they make of it go to that
folder, 430 MB, and the tests look there under the same variable.
"""

import json
import os
from functools import partial

import torch
import torch.nn as nn
from torchvision import ops
from torchvision.models import mobilenet_v3_large, resnet18
from torchvision.models.detection import FCOS, FasterRCNN, RetinaNet
from torchvision.models.detection import fcos as fcos_code
from torchvision.models.detection import ssd300_vgg16, ssdlite320_mobilenet_v3_large
from torchvision.models.detection.anchor_utils import AnchorGenerator, DefaultBoxGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN, _resnet_fpn_extractor
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.retinanet import _default_anchorgen as retinanet_anchors
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.detection.ssd import SSD
from torchvision.models.detection.ssdlite import SSDLiteFeatureExtractorMobileNet, SSDLiteHead
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool, LastLevelP6P7

from checkpoints import VISION, narrow_resnet18

SIZE = 64
BODY = ("backbone.body", "backbone.features")
CHANNELS = 16
CLASSES = 3
BOXES = [[5.0, 6, 40, 50], [20, 10, 30, 22], [33, 30, 60, 61]]
LABELS = [0, 2, 1]


def numbers(x):
    digits = [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]
    return {"shape": list(x.shape), "values": digits}


def noise(shape, phase):
    """Numbers in -1 ... 1 that look random, by whole numbers alone."""
    x = torch.arange(torch.Size(shape).numel(), dtype=torch.int64) + phase * 7919
    x = (x * 747796405 + 2891336453) % 2**32
    x = ((x ^ (x >> 16)) * 277803737) % 2**32
    return ((x ^ (x >> 15)).double() / 2**31 - 1).reshape(shape)


def fill(model):
    """Values by a formula, whose phase depends on the tensor's name."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            w = noise(tensor.shape, sum(name.encode()))
            if name.endswith("running_var"):
                w = 1 + 0.5 * w
            elif tensor.ndim > 1:
                w = w * (6 * tensor.shape[0] / tensor.numel()) ** 0.5
            else:
                w = (1.0 if name.endswith("weight") else 0.0) + 0.2 * w
            tensor.copy_(w)
    return model


def some(x, dim):
    """Every so many entries of a dimension, at most about thirty."""
    return x[(slice(None),) * dim + (slice(None, None, max(1, x.shape[dim] // 30)),)]


def report(model, losses, boxes, scores, **more):
    """Names of what is no backbone's body, losses and the norms of their sum's gradients."""
    model.zero_grad()
    sum(losses.values()).backward()
    norms = {}
    for name, p in model.named_parameters():
        norms[name] = 0.0 if p.grad is None else float(p.grad.double().norm())
    tensors = {n: list(t.shape) for n, t in model.state_dict().items()}
    return {
        "tensors": len(tensors),
        "names": {n: s for n, s in tensors.items() if not n.startswith(BODY)},
        "losses": {n: float(v) for n, v in losses.items()},
        "gradients": {n: v for n, v in norms.items() if not n.startswith(BODY)},
        "body": sum(v**2 for n, v in norms.items() if n.startswith(BODY)) ** 0.5,
        "boxes": numbers(boxes),
        "scores": numbers(scores),
        **more,
    }


def images(size=SIZE):
    return ImageList(noise([2, 3, size, size], 1).float(), [(size, size)] * 2)


def targets(first=0):
    """Of two images; the second shows nothing."""
    return [
        {"boxes": torch.tensor(BOXES), "labels": torch.tensor(LABELS) + first},
        {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0, dtype=torch.int64)},
    ]


def backbone(stages, extra):
    body = narrow_resnet18(4, 5)
    channels = [4 * 2 ** (s - 1) for s in stages]
    layers = {f"layer{s}": str(i) for i, s in enumerate(stages)}
    return BackboneWithFPN(body, layers, channels, CHANNELS, extra)


def generator(sizes, ratios):
    return AnchorGenerator(sizes, (ratios,) * len(sizes))


def single_shot(model, decode, score):
    """What RetinaNet and FCOS make of the images."""
    model = fill(model).train()
    model.backbone.eval()
    features = list(model.backbone(images().tensors).values())
    said = model.head(features)
    anchors = model.anchor_generator(images(), features)
    counts = [f.shape[2] * f.shape[3] for f in features]
    losses = (
        model.compute_loss(targets(), said, anchors, counts)
        if isinstance(model, FCOS)
        else model.compute_loss(targets(), said, anchors)
    )
    boxes = torch.stack([decode(model, b, a) for b, a in zip(said["bbox_regression"], anchors)])
    boxes = ops.clip_boxes_to_image(boxes, (SIZE, SIZE))
    return report(model, losses, some(boxes, 1), some(score(said), 1))


def retinanet():
    sizes = [[float(s), s * 1.25, s * 1.5] for s in (8, 16, 32, 48, 64)]
    model = RetinaNet(
        backbone([2, 3, 4], LastLevelP6P7(32, CHANNELS)),
        CLASSES,
        anchor_generator=generator(sizes, (0.5, 1.0, 2.0)),
    )
    return single_shot(
        model,
        lambda m, b, a: m.box_coder.decode_single(b, a),
        lambda said: said["cls_logits"].sigmoid(),
    )


def fcos():
    norm = partial(nn.GroupNorm, 4)
    head = fcos_code.FCOSHead(32, 1, CLASSES)
    head.classification_head = fcos_code.FCOSClassificationHead(
        CHANNELS, 1, CLASSES, norm_layer=norm
    )
    head.regression_head = fcos_code.FCOSRegressionHead(CHANNELS, 1, norm_layer=norm)
    model = FCOS(
        backbone([2, 3, 4], LastLevelP6P7(CHANNELS, CHANNELS)),
        CLASSES,
        anchor_generator=generator([[8.0], [16.0], [32.0], [64.0], [128.0]], (1.0,)),
        head=head,
    )
    return single_shot(
        model,
        lambda m, b, a: m.box_coder.decode(b, a),
        lambda said: (said["cls_logits"].sigmoid() * said["bbox_ctrness"].sigmoid()).sqrt(),
    )


def faster_rcnn():
    anchors = generator([[8.0], [16.0], [32.0], [48.0], [64.0]], (0.5, 1.0, 2.0))
    model = FasterRCNN(
        backbone([1, 2, 3, 4], LastLevelMaxPool()),
        rpn_anchor_generator=anchors,
        rpn_head=RPNHead(CHANNELS, 3),
        box_roi_pool=ops.MultiScaleRoIAlign(["0", "1", "2", "3"], 3, 2, canonical_scale=56),
        box_head=TwoMLPHead(CHANNELS * 9, 32),
        box_predictor=FastRCNNPredictor(32, 1 + CLASSES),
        # Everything is drawn, so that nothing is random.
        rpn_batch_size_per_image=10000,
        box_batch_size_per_image=10000,
        rpn_post_nms_top_n_train=40,
        rpn_post_nms_top_n_test=40,
        box_score_thresh=0.2,
    )
    model = fill(model).train()
    model.backbone.eval()
    features = model.backbone(images().tensors)
    proposals, losses = model.rpn(images(), features, targets())
    _, second = model.roi_heads(features, proposals, images().image_sizes, targets(first=1))
    found, _ = model.eval().roi_heads(features, proposals, images().image_sizes)
    return report(
        model,
        {**losses, **second},
        torch.stack(proposals),
        found[0]["scores"],
        found=[
            {
                "boxes": numbers(f["boxes"]),
                "scores": numbers(f["scores"]),
                "labels": (f["labels"] - 1).tolist(),
            }
            for f in found
        ],
    )


def default_boxes(model, size):
    """What SSD and SSDLite make of the first of the images; the second would be learnt from in another way."""
    model = fill(model).eval()
    batch = ImageList(images(size).tensors[:1], [(size, size)])
    features = list(model.backbone(batch.tensors).values())
    said = model.head(features)
    anchors = model.anchor_generator(batch, features)
    first = targets(first=1)[:1]
    overlaps = ops.box_iou(first[0]["boxes"], anchors[0])
    losses = model.compute_loss(first, said, anchors, [model.proposal_matcher(overlaps)])
    boxes = model.box_coder.decode_single(said["bbox_regression"][0], anchors[0])
    boxes = ops.clip_boxes_to_image(boxes, (size, size))
    scores = said["cls_logits"].softmax(-1)[:, :, 1:]
    return report(model, losses, some(boxes[None], 1), some(scores, 1))


def ssd300():
    model = ssd300_vgg16(weights=None, weights_backbone=None, num_classes=1 + CLASSES)
    narrow = 16
    for module in list(model.modules()):
        for name, c in list(module.named_children()):
            if isinstance(c, nn.Conv2d):
                inputs = c.in_channels if c.in_channels == 3 else c.in_channels // narrow
                outputs = c.out_channels
                if not isinstance(module, nn.ModuleList):  # those are the heads'
                    outputs //= narrow
                new = nn.Conv2d(
                    inputs, outputs, c.kernel_size, c.stride, c.padding, c.dilation
                )
                setattr(module, name, new)
    model.backbone.scale_weight = nn.Parameter(torch.ones(512 // narrow))
    return default_boxes(model, 300)


def ssdlite():
    width = 0.25
    norm = partial(nn.BatchNorm2d, eps=0.001, momentum=0.03)
    whole = mobilenet_v3_large(norm_layer=norm, reduced_tail=True, width_mult=width).features
    body = SSDLiteFeatureExtractorMobileNet(whole, 13, norm, width)
    channels = [c.shape[1] for c in body.eval()(images(320).tensors).values()]
    anchors = DefaultBoxGenerator([[2, 3]] * 6, min_ratio=0.2, max_ratio=0.95)
    counts = anchors.num_anchors_per_location()
    head = SSDLiteHead(channels, counts, 1 + CLASSES, norm)
    return default_boxes(SSD(body, anchors, (320, 320), 1 + CLASSES, head=head), 320)


def pooled():
    """Features within boxes, with gradients."""
    torch.manual_seed(11)
    features = torch.randn(2, 2, 6, 7, dtype=torch.float64)
    corner = torch.rand(2, 3, 2, dtype=torch.float64) * 40 - 5
    boxes = torch.cat([corner, corner + torch.rand(2, 3, 2, dtype=torch.float64) * 30], 2)
    boxes[0, 0] = torch.tensor([-60, -60, -50, -50])  # outside
    boxes[1, 0] = torch.tensor([3, 3, 3, 3])  # without area
    cases = []
    for size, scale, ratio, aligned in (
        ((3, 2), 0.25, 2, False),
        ((2, 2), 0.25, 2, True),
        ((2, 3), 0.25, -1, True),
        ((2, 2), 0.25, -1, False),
        ((1, 4), 0.125, 3, False),
    ):
        leaf = features.clone().requires_grad_()
        value = ops.roi_align(leaf, list(boxes), size, scale, ratio, aligned)
        upstream = torch.linspace(-1, 1, value.numel(), dtype=value.dtype).reshape(value.shape)
        value.backward(upstream)
        cases.append(
            {
                "size": size,
                "scale": scale,
                "ratio": ratio,
                "aligned": aligned,
                "value": numbers(value),
                "gradient": numbers(leaf.grad),
            }
        )
    levels = [noise([2, 2, 32 // 2**i, 32 // 2**i], i).float() for i in range(3)]
    many = torch.tensor(
        [[0.0, 0, 20, 20], [10, 10, 120, 100], [40, 2, 44, 127], [3, 60, 60, 128], [0, 0, 128, 128]]
    )
    pooler = ops.MultiScaleRoIAlign(["0", "1", "2"], 2, 2, canonical_scale=64)
    value = pooler(
        {str(i): level for i, level in enumerate(levels)}, [many, many.flip(0)], [(128, 128)] * 2
    )
    return {
        "features": numbers(features),
        "boxes": numbers(boxes),
        "cases": cases,
        "many": numbers(many),
        "pyramid": numbers(value),
    }


def whole():
    """Networks of full size."""
    norms = {"norm_layer": nn.BatchNorm2d}

    def body(layers, extra):
        return _resnet_fpn_extractor(
            resnet18(**norms), 5, returned_layers=layers, extra_blocks=extra
        )

    anchors = retinanet_anchors()
    return {
        "retinanet": (
            RetinaNet(body([2, 3, 4], LastLevelP6P7(512, 256)), 20, anchor_generator=anchors),
            256,
        ),
        "fcos": (FCOS(body([2, 3, 4], LastLevelP6P7(256, 256)), 20), 256),
        "faster-rcnn": (FasterRCNN(body([1, 2, 3, 4], None), 21, box_score_thresh=0.2), 256),
        "ssd300": (ssd300_vgg16(weights=None, weights_backbone=None, num_classes=21), 300),
        "ssdlite": (
            ssdlite320_mobilenet_v3_large(weights=None, weights_backbone=None, num_classes=21),
            320,
        ),
    }


def write_whole(folder):
    for name, (model, size) in whole().items():
        model = fill(model).eval()
        for key, p in model.named_parameters():
            # Or probabilities were all 0 or 1, and boxes as large as the image.
            if any(last in key for last in ("bbox_", "cls_", "module_list")):
                p.data *= 0.1
        batch = ImageList(images(size).tensors[:1], [(size, size)])
        with torch.no_grad():
            features = model.backbone(batch.tensors)
            if name == "faster-rcnn":
                proposals, _ = model.rpn(batch, features)
                found, _ = model.roi_heads(features, proposals, batch.image_sizes)
                values = {"boxes": found[0]["boxes"], "scores": found[0]["scores"]}
            else:
                said = model.head(list(features.values()))
                anchors = model.anchor_generator(batch, list(features.values()))[0]
                decode = getattr(model.box_coder, "decode_single", model.box_coder.decode)
                boxes = decode(said["bbox_regression"][0], anchors)
                scores = said["cls_logits"].sigmoid()
                if name == "fcos":
                    scores = (scores * said["bbox_ctrness"].sigmoid()).sqrt()
                if name.startswith("ssd"):
                    scores = said["cls_logits"].softmax(-1)[:, :, 1:]
                boxes = ops.clip_boxes_to_image(boxes, (size, size))
                values = {"boxes": boxes, "scores": scores[0]}
        torch.save(model.state_dict(), os.path.join(folder, f"{name}.pth"))
        torch.save(
            {"input": batch.tensors.clone(), **values}, os.path.join(folder, f"{name}-values.pth")
        )


def write():
    if "MARTLET_DETECTORS" in os.environ:
        write_whole(os.environ["MARTLET_DETECTORS"])
    result = {
        "pooled": pooled(),
        "detectors": {
            "retinanet": retinanet(),
            "fcos": fcos(),
            "faster-rcnn": faster_rcnn(),
            "ssd300": ssd300(),
            "ssdlite": ssdlite(),
        },
    }
    path = os.path.join(VISION, "detectors.json")
    with open(path, "w") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")
    print(f"detectors.json: {os.path.getsize(path)} bytes")
