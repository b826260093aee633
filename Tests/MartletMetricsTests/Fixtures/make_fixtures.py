"""Writes classification.json: scores and labels, and the figures scikit-learn gives for them.

Run by hand with scikit-learn installed; the tests only read what it wrote.
"""
import json
import os

import numpy as np
from sklearn import metrics


def case(name, scores, labels):
    scores = np.asarray(scores, dtype=np.float64)
    labels = np.asarray(labels)
    classes = scores.shape[1]
    everything = list(range(classes))
    predictions = scores.argmax(1)
    record = {"name": name, "scores": scores.tolist(), "labels": labels.tolist()}
    record["confusion"] = metrics.confusion_matrix(labels, predictions, labels=everything).tolist()
    record["accuracy"] = metrics.accuracy_score(labels, predictions)
    per_class = metrics.precision_recall_fscore_support(
        labels, predictions, labels=everything, zero_division=0)
    for key, column in zip(("precision", "recall", "f1", "support"), per_class):
        record[key] = column.tolist()
    for average in ("macro", "micro", "weighted"):
        p, r, f, _ = metrics.precision_recall_fscore_support(
            labels, predictions, average=average, zero_division=0)
        record[average] = [float(p), float(r), float(f)]
    record["top"] = {
        # Of two classes top-1 would need one column of scores.
        str(k): metrics.top_k_accuracy_score(labels, scores, k=k, labels=everything)
        for k in (1, 2, 3, 5) if classes > 2 and k < classes}
    exponentials = np.exp(scores - scores.max(1, keepdims=True))
    probabilities = exponentials / exponentials.sum(1, keepdims=True)
    record["loss"] = metrics.log_loss(labels, probabilities, labels=everything)
    return record


def main():
    random = np.random.default_rng(20)

    def scores(n, classes):
        # Different scores in a row: who comes first among equal ones is a matter of convention.
        return np.stack([random.permutation(classes * 4)[:classes] / 4 for _ in range(n)])

    cases = [
        case("seven classes", scores(60, 7), random.integers(0, 7, 60)),
        case("two classes", scores(25, 2), random.integers(0, 2, 25)),
        case("a class never true", scores(30, 6), random.integers(0, 5, 30)),
        case("all of one class", scores(12, 4), np.full(12, 2)),
    ]
    never = scores(30, 6)
    never[:, 3] = -9
    cases.append(case("a class never predicted", never, random.integers(0, 6, 30)))
    absent = scores(30, 8)
    absent[:, 5] = -9
    labels = random.integers(0, 8, 30)
    labels[labels == 5] = 4
    cases.append(case("a class neither true nor predicted", absent, labels))
    wrong = scores(9, 3)
    cases.append(case("everything wrong", wrong, (wrong.argmax(1) + 1) % 3))
    cases.append(case("everything right", wrong, wrong.argmax(1)))
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "classification.json")
    with open(path, "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")


main()
