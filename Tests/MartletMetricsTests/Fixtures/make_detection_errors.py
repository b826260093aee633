"""Writes detection_errors.json: generated detections and truths, and what TIDE's own program says of their errors.

Run by hand with tidecv installed (1.0.1); the tests only read what it wrote. Every class has truths, but fewer than 10, and no
two scores are equal: of classes without truths and of equal scores TIDE's program has other rules than COCO's, and where a
recall of 7 in 10 is it rounds in another way.
"""
import json
import os

import numpy as np
from tidecv import TIDE, Data


def moved(random, box, by):
    x, y, w, h = box
    dx, dy, dw, dh = random.uniform(-by, by, 4)
    return [x + dx * w, y + dy * h, w * (1 + dw), h * (1 + dh)]


def case(random):
    classes = int(random.integers(2, 5))
    truths, detections = [], []
    for _ in range(int(random.integers(2, 6))):
        there, found = [], []
        for _ in range(int(random.integers(0, 6))):
            box = [*random.uniform(0, 150, 2), *random.uniform(20, 90, 2)]
            there.append([int(random.integers(classes)), *box])
        for label, *box in there:
            for _ in range(int(random.integers(0, 4))):
                other = random.random() < 0.3
                by = random.choice([0.05, 0.15, 0.4, 0.8])
                found.append([int(random.integers(classes)) if other else label, *moved(random, box, by)])
        for _ in range(int(random.integers(0, 3))):
            box = [*random.uniform(0, 200, 2), *random.uniform(20, 90, 2)]
            found.append([int(random.integers(classes)), *box])
        truths.append([[round(float(v), 2) for v in row] for row in there])
        detections.append([[round(float(v), 2) for v in row] for row in found])
    scores = iter((random.permutation(1000) + 1) / 1000)
    detections = [[[*row, float(next(scores))] for row in rows] for rows in detections]
    return {"classes": classes, "truths": truths, "detections": detections}


def judge(one):
    truth, found = Data("truth"), Data("found")
    for label in range(one["classes"]):
        truth.add_class(label, str(label))
        found.add_class(label, str(label))
    for image, (truths, detections) in enumerate(zip(one["truths"], one["detections"])):
        truth.add_image(image, str(image))
        found.add_image(image, str(image))
        for label, *box in truths:
            truth.add_ground_truth(image, int(label), box)
        for label, *box, score in detections:
            found.add_detection(image, int(label), score, box)
    tide = TIDE()
    run = tide.evaluate(truth, found, mode=TIDE.BOX)
    errors = tide.get_all_errors()
    return {
        "figures": {"AP": run.ap, **errors["main"]["found"], **errors["special"]["found"]},
        "counts": {kind.short_name: count for kind, count in run.count_errors().items()},
    }


def main():
    random = np.random.default_rng(11)
    cases = []
    while len(cases) < 30:
        one = case(random)
        labels = [row[0] for rows in one["truths"] for row in rows]
        if not all(0 < labels.count(label) < 10 for label in range(one["classes"])):
            continue
        cases.append({**one, **judge(one)})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "detection_errors.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


if __name__ == "__main__":
    main()
