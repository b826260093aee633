/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: Normal, _ q: Normal) -> Tensor {
    let ratio = (p.std / q.std).square()
    return (ratio + ((p.mean - q.mean) / q.std).square() - 1 - ratio.log()) * 0.5
}

/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: Bernoulli, _ q: Bernoulli) -> Tensor {
    p.probs * ((-q.logits).softplus() - (-p.logits).softplus())
        + (1 - p.probs) * (q.logits.softplus() - p.logits.softplus())
}

/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: Categorical, _ q: Categorical) -> Tensor {
    (p.probs * (p.logProbs - q.logProbs)).sum(dims: [-1])
}

/// The Kullback-Leibler divergence of q from p: infinite where q leaves out a part of p.
public func klDivergence(_ p: Uniform, _ q: Uniform) -> Tensor {
    let inside = q.low.le(p.low).logicalAnd(q.high.ge(p.high))
    let value = ((q.high - q.low) / (p.high - p.low)).log()
    return Tensor.where(inside, value, Tensor.full([], .infinity, dtype: value.dtype))
}

/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: Exponential, _ q: Exponential) -> Tensor {
    let ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()
}

/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: Gamma, _ q: Gamma) -> Tensor {
    q.concentration * (p.rate / q.rate).log() + q.concentration.lgamma()
        - p.concentration.lgamma()
        + (p.concentration - q.concentration) * p.concentration.digamma()
        + (q.rate - p.rate) * (p.concentration / p.rate)
}

/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: Beta, _ q: Beta) -> Tensor {
    q.logBeta - p.logBeta + (p.alpha - q.alpha) * p.alpha.digamma()
        + (p.beta - q.beta) * p.beta.digamma()
        + (q.alpha + q.beta - p.alpha - p.beta) * (p.alpha + p.beta).digamma()
}

/// The Kullback-Leibler divergence of q from p, the expected value of log p - log q under p, in nats, of the batch's shape.
public func klDivergence(_ p: MultivariateNormal, _ q: MultivariateNormal) -> Tensor {
    let n = Double(p.eventShape[0])
    let mixed = q.scaleTril.solveTriangular(p.scaleTril, upper: false)
    let apart = q.scaleTril.solveTriangular((q.mean - p.mean).unsqueeze(-1), upper: false)
    return q.halfLogDet - p.halfLogDet
        + (mixed.square().sum(dims: [-2, -1]) + apart.square().sum(dims: [-2, -1]) - n) * 0.5
}
