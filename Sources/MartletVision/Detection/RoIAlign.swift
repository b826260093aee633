internal import Foundation
public import Martlet

extension Tensor {
    /// What an image's features are within boxes, each box as a grid of one size: a cell of the grid is the mean of the
    /// features at points spread evenly in it, each found between the four nearest cells of the map (He et al., "Mask
    /// R-CNN", 2017, section 3; torchvision's `roi_align`).
    ///
    /// This is a linear map of the features, a product with a sparse matrix: it has gradients of any order and does not
    /// depend on the number of threads. No gradients flow to the boxes.
    ///
    /// - Parameters:
    ///   - boxes: for each image of these features `(N, C, H, W)` boxes `(K, 4)`, `.xyxy`, finite; K may be 0.
    ///   - outputSize: of the grid.
    ///   - spatialScale: what the boxes' numbers are multiplied by to be those of the features.
    ///   - samplingRatio: how many points a cell of the grid has each way; nil: as many as it covers cells of the map, rounded
    ///     up.
    ///   - aligned: whether the middle of the first cell of the map is at 0.5, as it should; else at 0, and boxes are at least
    ///     one cell large, as the first detectors had it.
    /// - Returns: `(K of all images, C, outputSize)`.
    public func roiAlign(
        _ boxes: [Tensor], outputSize: ImageSize, spatialScale: Double = 1,
        samplingRatio: Int? = nil, aligned: Bool = false
    ) -> Tensor {
        precondition(
            ndim == 4 && dtype.isFloatingPoint && boxes.count == shape[0]
                && boxes.allSatisfy { $0.ndim == 2 && $0.shape[1] == 4 },
            "roiAlign: expected features (N, C, H, W) and boxes (K, 4) for each of the N, got \(shape) "
                + "and \(boxes.map(\.shape))")
        precondition(
            outputSize.shorterSide > 0 && samplingRatio ?? 1 > 0,
            "roiAlign: expected sizes above 0, got \(outputSize) and \(samplingRatio ?? 0) points")
        let (height, width) = (shape[2], shape[3])
        let shift = aligned ? 0.5 : 0
        func taps(_ low: Double, _ high: Double, _ bins: Int, _ cells: Int) -> BinTaps {
            let (start, end) = (low * spatialScale - shift, high * spatialScale - shift)
            let length = aligned ? end - start : Swift.max(end - start, 1)
            return BinTaps(
                start: start, length: length, bins: bins, cells: cells, samples: samplingRatio)
        }
        var map = PoolingMap()
        for (image, boxes) in boxes.enumerated() {
            let numbers = boxes.array(as: Double.self)
            precondition(
                numbers.allSatisfy { $0.magnitude < 1e9 },
                "roiAlign: expected boxes of finite numbers, got others for image \(image)")
            for at in Swift.stride(from: 0, to: numbers.count, by: 4) {
                map.append(
                    rows: taps(numbers[at + 1], numbers[at + 3], outputSize.height, height),
                    columns: taps(numbers[at], numbers[at + 2], outputSize.width, width),
                    width: width, first: image * height * width)
            }
        }
        // Features as rows of channels, cell by cell.
        let cells = permute([0, 2, 3, 1]).reshape([-1, shape[1]])
        let pooled = map.applied(to: cells)
        let count = boxes.reduce(0) { $0 + $1.shape[0] }
        return pooled.reshape([count, outputSize.height, outputSize.width, shape[1]])
            .permute([0, 3, 1, 2])
    }
}

/// Along one side of a box: what each bin takes from the cells of the map, as cells and weights.
private struct BinTaps {
    private(set) var bins: [[(cell: Int, weight: Double)]]

    init(start: Double, length: Double, bins: Int, cells: Int, samples: Int?) {
        let size = length / Double(bins)
        let count = samples ?? Swift.max(Int(size.rounded(.up)), 0)
        self.bins = (0..<bins).map { bin in
            var taps: [(cell: Int, weight: Double)] = []
            func add(_ cell: Int, _ weight: Double) {
                guard weight > 0 else { return }
                if let known = taps.lastIndex(where: { $0.cell == cell }) {
                    taps[known].weight += weight
                } else {
                    taps.append((cell, weight))
                }
            }
            for sample in 0..<count {
                let part = (Double(sample) + 0.5) / Double(count)
                let place = start + (Double(bin) + part) * size
                // Points up to one cell outside count as on the edge, those beyond as zero.
                guard place >= -1 && place <= Double(cells) else { continue }
                let inside = min(Swift.max(place, 0), Double(cells - 1))
                let low = Int(inside)
                let share = inside - Double(low)
                add(low, (1 - share) / Double(count))
                add(low + 1, share / Double(count))
            }
            return taps
        }
    }
}

/// The map from the cells of all images to the cells of all grids.
private struct PoolingMap {
    private var count = 0
    private var targets: [Int] = []
    private var sources: [Int] = []
    private var weights: [Double] = []

    /// Appends a grid over the cells of an image, which begin at `first`.
    mutating func append(rows: BinTaps, columns: BinTaps, width: Int, first: Int) {
        for row in rows.bins {
            for column in columns.bins {
                for (y, down) in row {
                    for (x, across) in column {
                        targets.append(count)
                        sources.append(first + y * width + x)
                        weights.append(down * across)
                    }
                }
                count += 1
            }
        }
    }

    /// Of features `(cells, C)`.
    func applied(to cells: Tensor) -> Tensor {
        guard count > 0 else { return cells.narrow(dim: 0, start: 0, length: 0) }
        let isWide = cells.dtype == .float64
        let matrix = SparseTensor(
            indices: Tensor(targets + sources, shape: [2, targets.count]),
            values: isWide ? Tensor(weights) : Tensor(weights.map(Float.init)),
            shape: [count, cells.shape[0]])
        return matrix.matmul(cells).to(cells.dtype)
    }
}

/// RoIAlign from the level of a feature pyramid that suits a box: of two levels the coarser one for boxes twice as
/// large (Lin et al., "Feature pyramid networks for object detection", 2017, equation 1; torchvision's
/// `MultiScaleRoIAlign`).
public struct PyramidRoIAlign: Sendable, Equatable {
    /// Of the grids.
    public var outputSize: ImageSize
    /// How many points a cell of a grid has each way.
    public var samplingRatio: Int
    /// The side of a square box, in pixels, that belongs to `canonicalLevel`.
    public var canonicalSize: Double
    /// How many times the level for boxes of `canonicalSize` has halved the image.
    public var canonicalLevel: Int

    /// Sides in pixels, levels by how many times they have halved the image.
    public init(
        outputSize: ImageSize = 7, samplingRatio: Int = 2, canonicalSize: Double = 224,
        canonicalLevel: Int = 4
    ) {
        self.outputSize = outputSize
        self.samplingRatio = samplingRatio
        self.canonicalSize = canonicalSize
        self.canonicalLevel = canonicalLevel
    }

    /// The features within boxes.
    ///
    /// - Parameters:
    ///   - levels: feature maps `(N, C, H, W)`, each half as large as the one before.
    ///   - boxes: for each image `(K, 4)`, `.xyxy`, in pixels.
    ///   - image: the images' size.
    /// - Returns: `(K of all images, C, outputSize)`, in the boxes' order.
    public func callAsFunction(_ levels: [Tensor], boxes: [Tensor], image: ImageSize) -> Tensor {
        precondition(!levels.isEmpty, "PyramidRoIAlign: expected at least one level")
        let halvings = levels.map { level in
            log2(Double(image.height) / Double(level.shape[2])).rounded()
        }
        let numbers = boxes.map { $0.array(as: Double.self) }
        // For each level and image the boxes that belong there.
        var places = levels.map { _ in boxes.map { _ in [Int]() } }
        var order = levels.map { _ in [Int]() }
        var count = 0
        for (image, numbers) in numbers.enumerated() {
            for box in 0..<numbers.count / 4 {
                let level = level(of: numbers[4 * box..<4 * box + 4], halvings)
                places[level][image].append(box)
                order[level].append(count)
                count += 1
            }
        }
        let used = levels.indices.filter { !order[$0].isEmpty }
        let parts = (used.isEmpty ? [0] : used).map { level in
            levels[level].roiAlign(
                zip(boxes, places[level]).map { $0.indexSelect(dim: 0, Tensor($1)) },
                outputSize: outputSize, spatialScale: exp2(-halvings[level]),
                samplingRatio: samplingRatio)
        }
        guard parts.count > 1 else { return parts[0] }
        var back = [Int](repeating: 0, count: count)
        for (place, box) in order.joined().enumerated() { back[box] = place }
        return Tensor.cat(parts).indexSelect(dim: 0, Tensor(back))
    }

    private func level(of box: ArraySlice<Double>, _ halvings: [Double]) -> Int {
        let at = box.startIndex
        let area = (box[at + 2] - box[at]) * (box[at + 3] - box[at + 1])
        let wanted = (Double(canonicalLevel) + log2(area.squareRoot() / canonicalSize) + 1e-6)
            .rounded(.down)
        // Boxes without area belong to the finest level.
        let known = wanted > halvings[0] ? min(wanted, halvings[halvings.count - 1]) : halvings[0]
        return Int(known - halvings[0])
    }
}
