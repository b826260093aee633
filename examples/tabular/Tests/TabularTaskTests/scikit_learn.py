"""Prints what scikit-learn measures of targets and predictions, as JSON.

usage: scikit_learn.py FILE    of {"targets", "predictions"} or {"labels", "scores"}
"""

import json
import sys

from sklearn import metrics

with open(sys.argv[1], encoding="utf-8") as file:
    case = json.load(file)
if "targets" in case:
    pair = case["targets"], case["predictions"]
    found = {
        "mse": metrics.mean_squared_error(*pair),
        "rmse": metrics.root_mean_squared_error(*pair),
        "mae": metrics.mean_absolute_error(*pair),
        "r2": metrics.r2_score(*pair),
    }
else:
    labels, scores = case["labels"], case["scores"]
    found = {
        "accuracy": metrics.accuracy_score(labels, [score > 0.5 for score in scores]),
        "rocAUC": metrics.roc_auc_score(labels, scores),
    }
print(json.dumps(found))
