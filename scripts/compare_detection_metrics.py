#!/usr/bin/env python3
"""Times `martlet evaluate detection` and pycocotools in turn on the same generated results, and prints the ratio.

Run it with a Python that has pycocotools, on a machine that does nothing else:

    python scripts/compare_detection_metrics.py .build/release/martlet [--images 5000] [--rounds 3]

Reading the files is left out for both: Martlet's time is what it says on stderr that judging took, pycocotools' that of
evaluate, accumulate and summarize. The ratio is pycocotools' time by Martlet's (above 1, Martlet is faster), the median
over the rounds. The twelve numbers must agree to 1e-6.
"""

import argparse
import contextlib
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

NAMES = "mAP mAP_50 mAP_75 mAP_small mAP_medium mAP_large".split()
NAMES += "AR_1 AR_10 AR_100 AR_small AR_medium AR_large".split()
CLASSES = 80


def generate(images, seed):
    """COCO's files: about 7 truths an image, 1 of 100 a crowd, and 100 detections: moved truths and boxes anywhere."""
    random = np.random.default_rng(seed)
    frequency = 1 / np.arange(1, CLASSES + 1)
    frequency /= frequency.sum()

    def boxes(count):
        sizes = np.exp(random.uniform(np.log(8), np.log(400), (count, 2)))
        return np.hstack([random.uniform(0, 1, (count, 2)) * (640 - sizes), sizes]).round(2)

    annotations, results = [], []
    for image in range(1, images + 1):
        there = boxes(random.poisson(7))
        labels = random.choice(CLASSES, len(there), p=frequency) + 1
        for box, label in zip(there, labels):
            annotations.append(
                {
                    "id": len(annotations) + 1, "image_id": image, "category_id": int(label),
                    "bbox": box.tolist(), "area": float(box[2] * box[3] * random.uniform(0.4, 1)),
                    "iscrowd": int(random.random() < 0.01),
                }
            )
        found, classes = boxes(100), random.choice(CLASSES, 100, p=frequency) + 1
        near = random.random(100) < 0.3
        if len(there):
            which = random.integers(len(there), size=100)
            moved = there[which] + random.normal(0, 0.1, (100, 4)) * np.tile(there[which, 2:], 2)
            moved[:, 2:] = moved[:, 2:].clip(1)
            found[near] = moved[near].round(2)
            right = near & (random.random(100) < 0.9)
            classes[right] = labels[which[right]]
        scores = (random.random(100) ** 2 * np.where(near, 1, 0.6)).round(3)
        for box, label, score in zip(found.tolist(), classes.tolist(), scores.tolist()):
            results.append({"image_id": image, "category_id": label, "bbox": box, "score": score})
    truth = {
        "images": [
            {"id": i, "file_name": f"{i}.jpg", "width": 640, "height": 640}
            for i in range(1, images + 1)
        ],
        "categories": [{"id": c, "name": f"class {c}"} for c in range(1, CLASSES + 1)],
        "annotations": annotations,
    }
    return truth, results


def peer(truth, found):
    """Seconds, and the twelve numbers."""
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        evaluation = COCOeval(truth, found, "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        return time.perf_counter() - start, evaluation.stats.tolist()


def ours(program, truth, results):
    command = [program, "evaluate", "detection", "--pred", results, "--truth", truth, "--json"]
    answer = subprocess.run(command, capture_output=True, check=True, text=True)
    seconds = re.search(r"judged in ([0-9.]+) s", answer.stderr)
    if seconds is None:
        sys.exit(f"no time in: {answer.stderr}")
    values = json.loads(answer.stdout)
    return float(seconds.group(1)), [values[name] for name in NAMES]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("martlet", help="the program")
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("truth.json", "results.json")]
        for path, content in zip(paths, generate(options.images, options.seed)):
            with open(path, "w", encoding="utf-8") as file:
                json.dump(content, file)
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(paths[0])
            found = truth.loadRes(paths[1])
        print("| round | Martlet s | pycocotools s | ratio | largest difference |")
        print("|---|---:|---:|---:|---:|")
        ratios, worst = [], 0.0
        for number in range(1, options.rounds + 1):
            mine, values = ours(options.martlet, *paths)
            theirs, expected = peer(truth, found)
            difference = max(abs(a - b) for a, b in zip(values, expected, strict=True))
            ratios.append(theirs / mine)
            worst = max(worst, difference)
            print(f"| {number} | {mine:.3f} | {theirs:.2f} | {ratios[-1]:.1f} | {difference:.1e} |", flush=True)
    print(f"\nmedian ratio {statistics.median(ratios):.1f}")
    if worst > 1e-6:
        sys.exit("the numbers differ")


if __name__ == "__main__":
    main()
