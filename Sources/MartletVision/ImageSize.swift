/// The height and width of an image, in pixels.
public struct ImageSize: Sendable, Hashable, CustomStringConvertible {
    public var height: Int
    public var width: Int

    public init(height: Int, width: Int) {
        self.height = height
        self.width = width
    }

    /// A square.
    public init(_ side: Int) { self.init(height: side, width: side) }

    /// The number of pixels.
    public var area: Int { height * width }
    /// The longer of the two sides.
    public var longerSide: Int { max(height, width) }
    /// The shorter of the two sides.
    public var shorterSide: Int { min(height, width) }

    public var description: String { "\(height)x\(width)" }
}

extension ImageSize: ExpressibleByIntegerLiteral {
    /// A square: `RandomCrop(32)`.
    public init(integerLiteral side: Int) { self.init(side) }
}

extension ImageSize: Codable {
    /// As `[height, width]`, or one number for a square.
    public init(from decoder: any Decoder) throws {
        if let side = try? decoder.singleValueContainer().decode(Int.self) {
            self.init(side)
            return
        }
        var values = try decoder.unkeyedContainer()
        self.init(height: try values.decode(Int.self), width: try values.decode(Int.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.unkeyedContainer()
        try values.encode(height)
        try values.encode(width)
    }
}
