"""Judges detections as COCO's own program and as the rules of Pascal VOC's development kit do.

compare_detection.py CASES: a file with one JSON object a line, {"truth": COCO's file, "results": COCO's results}. Prints one
for each: {"numbers": COCO's twelve, VOC's mean average precision of 2007 and of 2012, "classes": [{"precisions": average
precision by range of areas, "recalls": the same of recall, "curve": precision at 101 levels of recall, overlap 0.5}]}.
What is a crowd to COCO is difficult to VOC.
"""

import contextlib
import io
import json
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def coco_numbers(truth, results):
    coco = COCO()
    coco.dataset = truth
    with contextlib.redirect_stdout(io.StringIO()):
        coco.createIndex()
        if results:
            found = coco.loadRes(results)
        else:
            found = COCO()
            found.dataset = {**truth, "annotations": []}
            found.createIndex()
        evaluation = COCOeval(coco, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    # (thresholds, recalls, classes, areas, detections)
    precision = evaluation.eval["precision"][..., -1]
    recall = evaluation.eval["recall"][..., -1]
    classes = [
        {
            "precisions": precision[:, :, k].mean((0, 1)).tolist(),
            "recalls": recall[:, k].mean(0).tolist(),
            "curve": precision[0, :, k, 0].tolist(),
        }
        for k in range(precision.shape[2])
    ]
    return evaluation.stats.tolist(), classes


def voc_numbers(truth, results, difficult, threshold=0.5):
    """VOCevaldet.m of the development kit, step by step."""
    eleven, area = [], []
    for category in truth["categories"]:
        boxes = {image["id"]: [] for image in truth["images"]}
        for annotation in truth["annotations"]:
            if annotation["category_id"] == category["id"]:
                boxes[annotation["image_id"]].append(annotation)
        positives = sum(a["id"] not in difficult for l in boxes.values() for a in l)
        if positives == 0:
            continue
        found = [r for r in results if r["category_id"] == category["id"]]
        # As the file has them by image, equal scores stay in order.
        found.sort(key=lambda r: r["image_id"])
        found = [found[i] for i in np.argsort([-r["score"] for r in found], kind="stable")]
        true, false, taken = np.zeros(len(found)), np.zeros(len(found)), set()
        for d, result in enumerate(found):
            x, y, w, h = result["bbox"]
            most, best = -np.inf, None
            for a in boxes[result["image_id"]]:
                ax, ay, aw, ah = a["bbox"]
                across = min(x + w, ax + aw) - max(x, ax)
                down = min(y + h, ay + ah) - max(y, ay)
                if across > 0 and down > 0:
                    overlap = across * down / (w * h + aw * ah - across * down)
                    if overlap > most:
                        most, best = overlap, a
            if most >= threshold:
                if best["id"] not in difficult:
                    if best["id"] not in taken:
                        true[d] = 1
                        taken.add(best["id"])
                    else:
                        false[d] = 1
            else:
                false[d] = 1
        right, wrong = np.cumsum(true), np.cumsum(false)
        recall = right / positives
        with np.errstate(invalid="ignore"):
            precision = right / (right + wrong)
        eleven.append(
            sum(
                np.nanmax(precision[recall >= t], initial=0) / 11
                for t in np.arange(11) * 0.1
            )
        )
        r = np.concatenate([[0], recall, [1]])
        p = np.concatenate([[0], np.nan_to_num(precision), [0]])
        for i in range(len(p) - 2, -1, -1):
            p[i] = max(p[i], p[i + 1])
        change = np.flatnonzero(r[1:] != r[:-1]) + 1
        area.append(float(np.sum((r[change] - r[change - 1]) * p[change])))
    if not eleven:
        return [-1, -1]
    return [float(np.mean(eleven)), float(np.mean(area))]


for line in open(sys.argv[1], encoding="utf-8"):
    case = json.loads(line)
    truth, results = case["truth"], case["results"]
    numbers, classes = coco_numbers(truth, results)
    difficult = {a["id"] for a in truth["annotations"] if a["iscrowd"]}
    numbers += voc_numbers(truth, results, difficult)
    print(json.dumps({"numbers": numbers, "classes": classes}))
