import Foundation
internal import Martlet

/// A projective map of the plane, from points of a result to the points of the source it shows.
///
/// Coordinates are continuous, in pixels: the centre of the first pixel is (0.5, 0.5).
public struct PlaneMap: Sendable, Hashable {
    /// Row-major 3 x 3: `x' = (c0 x + c1 y + c2) / (c6 x + c7 y + c8)`, `y'` with c3, c4, c5.
    public var coefficients: [Double]

    /// A map of nine coefficients, row-major.
    public init(coefficients: [Double]) {
        precondition(
            coefficients.count == 9,
            "PlaneMap: expected 9 coefficients, got \(coefficients.count)")
        self.coefficients = coefficients
    }

    /// torchvision's affine map about a centre: rotation (degrees, clockwise), translation (pixels),
    /// scale and shear (degrees), all applied to the image.
    /// - Parameters:
    ///   - size: Of the source.
    ///   - target: Of the result; its centre shows the source's centre. The source's when nil.
    ///   - center: Where the image turns, in pixels from the top left; its middle when nil.
    public init(
        angle: Double, translate: (x: Double, y: Double) = (0, 0), scale: Double = 1,
        shear: (x: Double, y: Double) = (0, 0), size: ImageSize, target: ImageSize? = nil,
        center: (x: Double, y: Double)? = nil
    ) {
        precondition(scale > 0, "PlaneMap: expected a scale above 0, got \(scale)")
        let rotation = angle * .pi / 180
        let shearX = shear.x * .pi / 180
        let shearY = shear.y * .pi / 180
        let a = cos(rotation - shearY) / cos(shearY)
        let b = -cos(rotation - shearY) * tan(shearX) / cos(shearY) - sin(rotation)
        let c = sin(rotation - shearY) / cos(shearY)
        let d = -sin(rotation - shearY) * tan(shearX) / cos(shearY) + cos(rotation)
        // The inverse; a d - b c is 1.
        let m = [d / scale, -b / scale, -c / scale, a / scale]
        let middle = (x: Double(size.width) / 2, y: Double(size.height) / 2)
        let pivot = center.map { (x: $0.x - middle.x, y: $0.y - middle.y) } ?? (x: 0, y: 0)
        let result = target ?? size
        // From the result's corner to its middle, back by the translation, and about the pivot.
        let x = -Double(result.width) / 2 - pivot.x - translate.x
        let y = -Double(result.height) / 2 - pivot.y - translate.y
        self.init(coefficients: [
            m[0], m[1], m[0] * x + m[1] * y + pivot.x + middle.x,
            m[2], m[3], m[2] * x + m[3] * y + pivot.y + middle.y,
            0, 0, 1,
        ])
    }

    /// The perspective map that shows each of four source points at the result point of the same
    /// place; nil when three of them lie on a line.
    public init?(showing source: [(x: Double, y: Double)], at result: [(x: Double, y: Double)]) {
        precondition(
            source.count == 4 && result.count == 4,
            "PlaneMap: expected 4 points each, got \(source.count) and \(result.count)")
        // Two equations a point for the eight unknown coefficients, the ninth being 1.
        var rows: [[Double]] = []
        for (s, r) in zip(source, result) {
            rows.append([r.x, r.y, 1, 0, 0, 0, -s.x * r.x, -s.x * r.y, s.x])
            rows.append([0, 0, 0, r.x, r.y, 1, -s.y * r.x, -s.y * r.y, s.y])
        }
        for column in 0..<8 {
            guard
                let pivot = (column..<8).max(by: {
                    abs(rows[$0][column]) < abs(rows[$1][column])
                }), abs(rows[pivot][column]) > 1e-9
            else { return nil }
            rows.swapAt(column, pivot)
            for row in 0..<8 where row != column {
                let factor = rows[row][column] / rows[column][column]
                for k in column..<9 { rows[row][k] -= factor * rows[column][k] }
            }
        }
        self.init(coefficients: (0..<8).map { rows[$0][8] / rows[$0][$0] } + [1])
    }

    /// Where a point of the result comes from.
    public func callAsFunction(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let c = coefficients
        let depth = c[6] * x + c[7] * y + c[8]
        return ((c[0] * x + c[1] * y + c[2]) / depth, (c[3] * x + c[4] * y + c[5]) / depth)
    }

    /// Where a point of the source is shown, the inverse of the map; infinite or NaN where it is shown nowhere.
    func result(of point: Point) -> Point {
        let c = coefficients
        func minor(_ a: Int, _ b: Int, _ d: Int, _ e: Int) -> Double { c[a] * c[e] - c[b] * c[d] }
        let inverse = PlaneMap(coefficients: [
            minor(4, 5, 7, 8), -minor(1, 2, 7, 8), minor(1, 2, 4, 5),
            -minor(3, 5, 6, 8), minor(0, 2, 6, 8), -minor(0, 2, 3, 5),
            minor(3, 4, 6, 7), -minor(0, 1, 6, 7), minor(0, 1, 3, 4),
        ])
        let moved = inverse(point.x, point.y)
        return Point(x: moved.x, y: moved.y)
    }
}
