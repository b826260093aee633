public import Martlet
internal import MartletNN

/// The loss of a single-shot detector: cross-entropy of the anchors that are to find a box and of the background that looks
/// most like one, smooth L1 of the codes (Liu et al. 2016, sections 2.2 and 2.3).
///
/// Background is chosen over the whole batch, not image by image, so that images without boxes have their part in it.
public struct MultiBoxLoss: Sendable, Equatable {
    /// Who is to find what.
    public var matcher: AnchorMatcher
    /// How boxes are written relative to anchors.
    public var coder: BoxCoder
    /// How many anchors of the background are learnt for each one that finds a box.
    public var negativesPerPositive: Int

    /// - Parameters:
    ///   - matcher: who is to find what.
    ///   - coder: how boxes are written relative to anchors.
    ///   - negativesPerPositive: anchors of the background for each one that finds a box.
    public init(
        matcher: AnchorMatcher = AnchorMatcher(), coder: BoxCoder = BoxCoder(),
        negativesPerPositive: Int = 3
    ) {
        self.matcher = matcher
        self.coder = coder
        self.negativesPerPositive = negativesPerPositive
    }

    /// The loss of a batch: its parts are means over the anchors that find a box.
    ///
    /// - Parameters:
    ///   - codes: what the network says of boxes, `(N, A, 4)`.
    ///   - logits: what it says of classes, `(N, A, 1 + classes)`, the background first.
    ///   - anchors: `(A, 4)`, `.xyxy`, in pixels.
    ///   - targets: one for each image.
    public func callAsFunction(
        codes: Tensor, logits: Tensor, anchors: Tensor, targets: [DetectionTarget]
    ) -> DetectionLoss {
        precondition(
            codes.ndim == 3 && logits.ndim == 3
                && codes.shape == [targets.count, anchors.shape[0], 4]
                && Array(logits.shape.prefix(2)) == Array(codes.shape.prefix(2)),
            "MultiBoxLoss: expected codes (N, A, 4), logits (N, A, 1 + classes) for \(targets.count) "
                + "images and \(anchors.shape[0]) anchors, got \(codes.shape) and \(logits.shape)")
        let codes = codes.flatten(from: 0, to: 1).to(.float32)
        let logits = logits.flatten(from: 0, to: 1).to(.float32)
        let matches = MatchedAnchors(targets, count: anchors.shape[0]) {
            matcher(boxes: $0.boxes, anchors: anchors)
        }
        // The background's own loss says how much it looks like something.
        let confusion = noGrad {
            logits.logSumExp(dims: [1]) - logits.select(dim: 1, index: 0)
        }.array(as: Float.self)
        let positives = max(1, matches.places.count)
        let hard = matches.background.hardest(negativesPerPositive * positives, by: confusion)
        let rows = Tensor(matches.places + hard)
        let classes = Tensor(matches.labels.map { $0 + 1 } + hard.map { _ in 0 })
        let scores = crossEntropy(
            logits.indexSelect(dim: 0, rows), classes, reduction: .sum)
        guard !matches.places.isEmpty else {
            return DetectionLoss([("classes", scores / Double(positives))], count: positives)
        }
        let wanted = coder.encode(
            matches.boxes,
            anchors: anchors.indexSelect(dim: 0, Tensor(matches.anchors)))
        let boxes = smoothL1Loss(
            codes.indexSelect(dim: 0, Tensor(matches.places)), wanted, reduction: .sum)
        return DetectionLoss(
            [("classes", scores / Double(positives)), ("boxes", boxes / Double(positives))],
            count: positives)
    }
}

extension [Int] {
    /// The elements whose score is greatest, at most `count`.
    fileprivate func hardest(_ count: Int, by scores: [Float]) -> [Int] {
        guard self.count > count else { return self }
        let own = Tensor(map { scores[$0] })
        return own.topk(count, dim: 0).indices.array(as: Int.self).map { self[$0] }
    }
}
