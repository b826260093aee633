internal import Foundation

/// A simple shape, for data sets that are drawn.
public enum DrawnShape: String, CaseIterable, Sendable {
    case circle, cross, ring, square, star, triangle

    /// The outline as a polygon around `center`, the outermost point at a distance of `radius` pixels.
    ///
    /// - Parameter angle: how far it is turned, in radians.
    public func outline(center: Point, radius: Double, angle: Double) -> [Point] {
        let (cosine, sine) = (cos(angle), sin(angle))
        return corners.map { corner in
            Point(
                x: center.x + radius * (corner.x * cosine - corner.y * sine),
                y: center.y + radius * (corner.x * sine + corner.y * cosine))
        }
    }

    /// The radius of the hole, as a part of the shape's; nil for shapes without one.
    public var hole: Double? { self == .ring ? 0.55 : nil }

    /// Whether it is bounded by a circle.
    public var isRound: Bool { self == .circle || self == .ring }

    private var corners: [Point] {
        switch self {
        case .circle, .ring: DrawnShape.polygon(64)
        case .square: DrawnShape.polygon(4)
        case .triangle: DrawnShape.polygon(3)
        case .star:
            DrawnShape.polygon(10).enumerated().map { number, corner in
                number % 2 == 0 ? corner : Point(x: corner.x * 0.42, y: corner.y * 0.42)
            }
        case .cross:
            [
                (-1, -3), (1, -3), (1, -1), (3, -1), (3, 1), (1, 1), (1, 3), (-1, 3), (-1, 1),
                (-3, 1), (-3, -1), (-1, -1),
            ].map { Point(x: Double($0.0) / 3.2, y: Double($0.1) / 3.2) }
        }
    }

    private static func polygon(_ count: Int) -> [Point] {
        (0..<count).map { number in
            let angle = 2 * Double.pi * Double(number) / Double(count)
            return Point(x: cos(angle), y: sin(angle))
        }
    }
}
