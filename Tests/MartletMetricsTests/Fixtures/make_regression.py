"""Writes regression.json: predictions and true values, scores and labels, and the figures scikit-learn gives for them.

Run by hand with scikit-learn installed; the tests only read what it wrote.
"""
import json
import os

import numpy as np
from sklearn import metrics


def regression(name, targets, predictions):
    targets, predictions = np.asarray(targets, float), np.asarray(predictions, float)
    return {"name": name, "targets": targets.tolist(), "predictions": predictions.tolist(),
            "mse": metrics.mean_squared_error(targets, predictions),
            "mae": metrics.mean_absolute_error(targets, predictions),
            "r2": metrics.r2_score(targets, predictions)}


def ranking(name, scores, labels):
    scores, labels = np.asarray(scores, float), np.asarray(labels)
    false, true, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    return {"name": name, "scores": scores.tolist(), "labels": labels.tolist(),
            "area": metrics.roc_auc_score(labels, scores),
            "false": false.tolist(), "true": true.tolist()}


def main():
    random = np.random.default_rng(4)
    truth = random.normal(3, 2, 40).round(2)
    regressions = [
        regression("close", truth, (truth + random.normal(0, 0.3, 40)).round(2)),
        regression("worse than the mean", truth, -truth),
        regression("far from zero", 1e6 + truth, 1e6 + truth + 0.25),
        regression("all met, all equal", [2, 2, 2], [2, 2, 2]),
        regression("none met, all equal", [2, 2, 2], [1, 2, 3]),
    ]
    labels = random.integers(0, 2, 60)
    rankings = [
        ranking("no ties", random.permutation(60) / 60, labels),
        ranking("many ties", random.integers(0, 5, 60) / 4 + labels / 4, labels),
        ranking("all the same", np.full(60, 0.5), labels),
        ranking("perfect", labels, labels),
        ranking("reversed", -labels, labels),
        ranking("one positive", np.arange(9), [0, 0, 0, 0, 0, 0, 1, 0, 0]),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "regression.json")
    with open(path, "w") as file:
        json.dump({"regressions": regressions, "rankings": rankings}, file, separators=(",", ":"))
        file.write("\n")


main()
