internal import Glibc

/// What logistic regression minimises, with its gradient.
struct LogisticLoss {
    let features: TermMatrix
    let labels: [Int]
    /// The number of scores: 1, the log-odds of class 1, or one for each class.
    let width: Int
    let c: Double

    /// - Parameter weights: `(features, width)`.
    func evaluate(
        weights: [Double], biases: [Double]
    ) -> (value: Double, gradients: (weights: [Double], biases: [Double])) {
        var scores = features.product(weights, plus: biases)
        var value = 0.0
        // Scores become the gradient with respect to them.
        for document in labels.indices {
            let row = document * width..<(document + 1) * width
            value +=
                width == 1
                ? binary(&scores[row.lowerBound], labels[document])
                : multinomial(&scores, row, labels[document])
        }
        var gradient = weights
        features.addTransposedProduct(scores, width: width, to: &gradient)
        var biasGradient = [Double](repeating: 0, count: width)
        for i in scores.indices { biasGradient[i % width] += scores[i] }
        let penalty = weights.reduce(0) { $0 + $1 * $1 } / 2
        return (c * value + penalty, (gradient, biasGradient))
    }

    /// The cross-entropy of log-odds, which become c times its derivative.
    private func binary(_ score: inout Double, _ label: Int) -> Double {
        // ln(1 + e^-|s|) does not overflow.
        let tail = exp(-abs(score))
        let probability = (score >= 0 ? 1 : tail) / (1 + tail)
        let value = log1p(tail) + max(score, 0) - (label == 1 ? score : 0)
        score = c * (probability - Double(label))
        return value
    }

    /// The cross-entropy of a row of scores, which become c times its derivatives.
    private func multinomial(_ scores: inout [Double], _ row: Range<Int>, _ label: Int) -> Double {
        var greatest = scores[row.lowerBound]
        for i in row { greatest = max(greatest, scores[i]) }
        let own = scores[row.lowerBound + label] - greatest
        var sum = 0.0
        for i in row {
            scores[i] = exp(scores[i] - greatest)
            sum += scores[i]
        }
        for i in row { scores[i] *= c / sum }
        scores[row.lowerBound + label] -= c
        return log(sum) - own
    }
}
