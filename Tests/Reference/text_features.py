"""Counts, TF-IDF and logistic regression of scikit-learn, for the features of texts.

Written with scikit-learn 1.9.1. Run `python Tests/Reference text_features`, or this file alone; with the folder of the
ChnSentiCorp reviews, `python Tests/Reference/text_features.py data/sentiment`, it prints the figures of the baseline
instead.
"""

import csv
import json
import pathlib
import random
import sys

FIXTURE = pathlib.Path(__file__).parent.parent / "MartletTextTests/Fixtures/text_features.json"


def documents(seed=3):
    """Tokens of short texts of three classes, with accents as one code point and as two."""
    random.seed(seed)
    topics = [
        ["good", "great", "caf\u00e9", "好", "吃", "the", "room"],
        ["bad", "awful", "cafe\u0301", "差", "房", "the", "room", "is"],
        ["so", "ok", "\U0001f600", "还", "行", "is", "The"],
    ]
    common = ["a", "it", "是", "了", "\uff0c"]
    texts, labels = [], []
    for i in range(36):
        label = i % 3
        words = topics[label] * 2 + common + topics[(label + 1) % 3][:3]
        texts.append([random.choice(words) for _ in range(random.randrange(3, 13))])
        labels.append(label)
    return texts + [[]], labels + [0]


def rows(matrix):
    """The entries of each row: [[column, value], ...]."""
    matrix = matrix.tocsr()
    matrix.sort_indices()
    return [
        [[int(c), float(v)] for c, v in zip(row.indices, row.data)]
        for row in (matrix[i] for i in range(matrix.shape[0]))
    ]


def vectorizer(**options):
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(
        tokenizer=list, preprocessor=lambda tokens: tokens, token_pattern=None, lowercase=False,
        **options)


def write():
    import sklearn
    from sklearn.feature_extraction.text import TfidfTransformer
    from sklearn.linear_model import LogisticRegression

    texts, labels = documents()
    cases = []
    for ngrams, minimum, limit, binary, sublinear in [
        ((1, 2), 1, None, False, False),
        ((1, 1), 2, None, False, True),
        ((2, 3), 2, None, True, False),
        ((1, 2), 1, 8, False, True),
    ]:
        count = vectorizer(ngram_range=ngrams, min_df=minimum, max_features=limit, binary=binary)
        counts = count.fit_transform(texts)
        if limit:
            every = vectorizer(ngram_range=ngrams, min_df=minimum).fit_transform(texts)
            totals = sorted(every.sum(axis=0).tolist()[0], reverse=True)
            assert totals[limit - 1] > totals[limit], "the cut is between equals"
        tfidf = TfidfTransformer(sublinear_tf=sublinear)
        cases.append({
            "ngrams": ngrams, "minimumDocuments": minimum, "maximumFeatures": limit,
            "isBinary": binary, "isSublinear": sublinear,
            "features": count.get_feature_names_out().tolist(), "counts": rows(counts),
            "weights": rows(tfidf.fit_transform(counts)),
        })
    count = vectorizer(ngram_range=(1, 1))
    weights = TfidfTransformer().fit_transform(count.fit_transform(texts))
    classifiers = []
    for classes, c in [(2, 1.0), (2, 50.0), (3, 1.0), (3, 10.0)]:
        targets = [min(label, classes - 1) for label in labels]
        model = LogisticRegression(C=c, tol=1e-10, max_iter=100000).fit(weights, targets)
        classifiers.append({
            "classes": classes, "c": c, "labels": targets,
            # (features, classes), as ours are.
            "weights": model.coef_.T.tolist(), "biases": model.intercept_.tolist(),
            "probabilities": model.predict_proba(weights).tolist(),
        })
    FIXTURE.parent.mkdir(exist_ok=True)
    FIXTURE.write_text(json.dumps({
        "source": f"scikit-learn {sklearn.__version__}", "documents": texts, "cases": cases,
        "classifiers": classifiers,
    }, ensure_ascii=False))


def baseline(folder):
    """The number of features, of right labels and of labels for characters and pairs of them in Chinese reviews."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    def read(part):
        path = pathlib.Path(folder) / f"chnsenticorp_{part}.csv"
        with open(path, newline="", encoding="utf-8-sig") as file:
            records = list(csv.DictReader(file))
        return [r["review"] for r in records], [int(r["label"]) for r in records]

    (texts, labels), (others, expected) = read("train"), read("validation")
    tfidf = TfidfVectorizer(
        tokenizer=list, token_pattern=None, lowercase=False, ngram_range=(1, 2), min_df=2,
        sublinear_tf=True)
    model = LogisticRegression(max_iter=1000).fit(tfidf.fit_transform(texts), labels)
    right = sum(model.predict(tfidf.transform(others)) == expected)
    return len(tfidf.vocabulary_), int(right), len(expected)


if __name__ == "__main__":
    if sys.argv[1:]:
        print(*baseline(sys.argv[1]))
    else:
        write()
