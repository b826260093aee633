internal import CImage
internal import Martlet

/// A colour, red, green and blue of 0 ... 255.
public struct Color: Sendable, Hashable, Codable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// A grey.
    public init(grey: UInt8) { self.init(red: grey, green: grey, blue: grey) }

    /// Colours that are told apart on white.
    public static let black = Color(grey: 0)
    public static let white = Color(grey: 255)
    public static let red = Color(red: 200, green: 40, blue: 40)
    public static let green = Color(red: 30, green: 140, blue: 60)
    public static let blue = Color(red: 40, green: 90, blue: 190)
    public static let orange = Color(red: 230, green: 130, blue: 20)
    public static let purple = Color(red: 130, green: 70, blue: 160)
    public static let teal = Color(red: 20, green: 150, blue: 160)
    public static let brown = Color(red: 130, green: 85, blue: 60)
    public static let pink = Color(red: 220, green: 90, blue: 160)

    /// Colours that are easy to tell apart, for curves and classes; they repeat after the last.
    public static func series(_ index: Int) -> Color {
        let colors = [blue, orange, green, red, purple, brown, teal, pink]
        return colors[index % colors.count]
    }

    /// Part way from this colour (0) to another (1).
    public func mixed(with other: Color, _ share: Double) -> Color {
        func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
            UInt8((Double(a) + (Double(b) - Double(a)) * min(max(share, 0), 1)).rounded())
        }
        return Color(
            red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }

    /// The samples of a pixel: for grey images the brightness.
    func samples(channels: Int) -> [UInt8] {
        if channels == 3 { return [red, green, blue] }
        let sum = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue) + 0x8000
        return [UInt8(sum >> 16)]
    }
}

extension Color: ExpressibleByIntegerLiteral {
    /// A grey: `Pad(4, fill: 128)`.
    public init(integerLiteral grey: UInt8) { self.init(grey: grey) }
}

/// Colour operations, with the formulas of `torchvision.transforms.v2.functional` on 8-bit images.
extension Image {
    /// The image with 1 or 3 channels; grey is `0.299 R + 0.587 G + 0.114 B`, rounded, as Pillow's
    /// `convert("L")`.
    public func converted(channels: Int) -> Image {
        if channels == self.channels { return self }
        let result = Image(unfilledHeight: height, width: width, channels: channels)
        withUnsafeSamples { source in
            if channels == 1 {
                ci_to_grey(source.baseAddress, Int64(size.area), result.storage.pointer)
            } else {
                ci_to_colour(source.baseAddress, Int64(size.area), result.storage.pointer)
            }
        }
        return result
    }

    /// Grey with the same number of channels: `0.2989 R + 0.587 G + 0.114 B`, rounded down.
    public func grayscale() -> Image {
        changed { if channels == 3 { ci_grayscale($0, $1) } }
    }

    /// Every sample times a factor of at least 0.
    public func adjustedBrightness(_ factor: Double) -> Image {
        changed { ci_brightness($0, $1, Int32(channels), Float(factor)) }
    }

    /// Away from the mean grey (factor above 1) or towards it (below; 0 gives that grey).
    public func adjustedContrast(_ factor: Double) -> Image {
        changed { ci_contrast($0, $1, Int32(channels), Float(factor)) }
    }

    /// Away from the grey of each pixel (factor above 1) or towards it (0 gives a grey image). Grey
    /// images stay as they are.
    public func adjustedSaturation(_ factor: Double) -> Image {
        changed { if channels == 3 { ci_saturation($0, $1, Float(factor)) } }
    }

    /// Turns the hue by a share of the full circle, -0.5 ... 0.5. Grey images stay as they are.
    public func adjustedHue(_ shift: Double) -> Image {
        changed { if channels == 3 { ci_hue($0, $1, Float(shift)) } }
    }

    /// Blurs with a Gaussian of the given standard deviation in pixels, cut off to `kernelSize`
    /// (odd), reflecting at the edges.
    public func gaussianBlurred(kernelSize: ImageSize, sigma: Double) -> Image {
        precondition(
            kernelSize.height % 2 == 1 && kernelSize.width % 2 == 1 && kernelSize.height > 0
                && kernelSize.width > 0 && sigma > 0,
            "gaussianBlurred: expected odd kernel sizes and a sigma above 0, got \(kernelSize), \(sigma)"
        )
        if size.area == 0 { return self }
        let result = Image(unfilledHeight: height, width: width, channels: channels)
        withUnsafeSamples {
            require(
                ci_blur(
                    $0.baseAddress, Int32(height), Int32(width), Int32(channels),
                    Int32(kernelSize.height), Int32(kernelSize.width), sigma, sigma,
                    result.storage.pointer), "gaussianBlurred")
        }
        return result
    }

    private func changed(_ body: (UnsafeMutablePointer<UInt8>?, Int64) -> Void) -> Image {
        var result = self
        result.withUnsafeMutableSamples { body($0.baseAddress, Int64(size.area)) }
        return result
    }
}

/// Stops when a kernel refused its arguments or found no memory; the data cannot cause that.
func require(_ status: ci_status, _ operation: String) {
    precondition(
        status == CI_OK,
        "\(operation): \(status == CI_NO_MEMORY ? "no memory" : "OpenCV refused the arguments")")
}
