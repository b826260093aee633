public import Martlet
internal import MartletNN
internal import MartletOptim

/// Logistic regression over features of texts, of two classes or more (scikit-learn's `LogisticRegression`).
///
/// It minimises C times the sum of all documents' cross-entropies plus half the sum of all squared weights; biases are not
/// held back. Two classes share one column of weights, and the bias, as log-odds of class 1; more have a column each. The
/// same documents give the same weights.
public struct LinearTextClassifier: Sendable {
    /// The number of classes.
    public let classes: Int
    /// `(features, classes)`, or `(features, 1)` for two classes; float64.
    public let weights: Tensor
    /// `(classes)`, or `(1)` for two classes; float64.
    public let biases: Tensor

    /// Learns from documents, by L-BFGS.
    ///
    /// - Parameters:
    ///   - features: what there is in each document, best of `TFIDF`.
    ///   - labels: the class of each document, from 0.
    ///   - classes: the number of classes, 2 or more.
    ///   - c: how much the documents count against small weights.
    ///   - maxIterations: after how many moves to end even when the gradient is not yet small.
    ///   - tolerance: with which greatest element of the gradient to end.
    public init(
        fitting features: TermMatrix, labels: [Int], classes: Int, c: Double = 1,
        maxIterations: Int = 1000, tolerance: Double = 1e-4
    ) {
        precondition(
            labels.count == features.documents && !labels.isEmpty,
            "LinearTextClassifier: expected a label for each of \(features.documents) documents, got "
                + "\(labels.count)")
        precondition(
            classes > 1 && labels.allSatisfy { (0..<classes).contains($0) },
            "LinearTextClassifier: expected labels in 0 ..< \(classes), of 2 classes or more")
        precondition(c > 0, "LinearTextClassifier: expected a C above 0, got \(c)")
        self.classes = classes
        let width = classes == 2 ? 1 : classes
        let loss = LogisticLoss(features: features, labels: labels, width: width, c: c)
        let weights = Parameter(Tensor.zeros([features.features, width], dtype: .float64))
        let biases = Parameter(Tensor.zeros([width], dtype: .float64))
        LBFGS(
            [("weights", weights), ("biases", biases)], maxIterations: maxIterations,
            gradientTolerance: tolerance, historySize: 10, lineSearch: .strongWolfe
        ).step {
            let (value, gradients) = loss.evaluate(
                weights: weights.value.array(as: Double.self),
                biases: biases.value.array(as: Double.self))
            weights.grad = Tensor(gradients.weights, shape: weights.shape)
            biases.grad = Tensor(gradients.biases)
            return Tensor([value])
        }
        self.weights = weights.value.detach()
        self.biases = biases.value.detach()
    }

    /// How likely each class is for each document: `(documents, classes)`, float64, rows that add up to 1.
    public func probabilities(_ features: TermMatrix) -> Tensor {
        let scores = scores(features)
        if classes > 2 { return scores.softmax(dim: 1) }
        let second = scores.sigmoid()
        return Tensor.cat([1 - second, second], dim: 1)
    }

    /// The most likely class of each document.
    public func predictions(_ features: TermMatrix) -> [Int] {
        probabilities(features).argmax(dim: 1).array(as: Int.self)
    }

    /// The features that speak most for a class, strongest first.
    ///
    /// - Parameters:
    ///   - names: the features' names, of `BagOfWords`.
    ///   - count: how many to give.
    public func strongestFeatures(
        of label: Int, names: [String], count: Int = 20
    ) -> [(feature: String, weight: Double)] {
        precondition(
            (0..<classes).contains(label) && names.count == weights.shape[0] && count >= 0,
            "LinearTextClassifier.strongestFeatures: expected a class below \(classes) and "
                + "\(weights.shape[0]) names, got \(label) and \(names.count)")
        let column = weights.select(dim: 1, index: classes == 2 ? 0 : label)
        let signed = (classes == 2 && label == 0 ? -column : column).array(as: Double.self)
        return signed.indices.sorted { signed[$0] > signed[$1] }.prefix(count)
            .map { (names[$0], signed[$0]) }
    }

    /// `(documents, width)`
    private func scores(_ features: TermMatrix) -> Tensor {
        precondition(
            features.features == weights.shape[0],
            "LinearTextClassifier: expected \(weights.shape[0]) features, got \(features.features)")
        return Tensor(
            features.product(
                weights.array(as: Double.self), plus: biases.array(as: Double.self)),
            shape: [features.documents, biases.count])
    }
}
