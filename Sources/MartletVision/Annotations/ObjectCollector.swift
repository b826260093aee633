internal import MartletMetrics

/// Gathers the objects of an image, whatever the format: boxes are cut at the image's edge, those without area are left out,
/// and what is there twice is told of.
struct ObjectCollector {
    /// The file that the objects are written in.
    let file: String
    /// The image's size, where it is known.
    let size: ImageSize?
    private(set) var objects: [AnnotatedObject] = []
    private(set) var problems: [AnnotationProblem] = []
    private var known: Set<Known> = []

    /// What an object is told from another by.
    private struct Known: Hashable {
        let name: String
        let box: Box
    }

    init(file: String, size: ImageSize?) {
        self.file = file
        self.size = size
    }

    /// Boxes reach beyond images by so much, in pixels, only because their numbers are rounded.
    private static let roundingError = 0.01

    /// Takes in an object that stands at a place of the file.
    mutating func add(_ object: AnnotatedObject, at place: @autoclosure () -> String) {
        var object = object
        let whole = object.box
        if let size {
            object.box = whole.clipped(
                to: Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height)))
        }
        let box = object.box
        guard box.area > 0 else {
            return warn(
                .box, place(),
                "\(describe(whole)) of \(object.name) has no area"
                    + (size.map { " within the image of \($0.width)x\($0.height)" } ?? "")
                    + "; the object is left out")
        }
        let beyond = [
            box.x - whole.x, box.y - whole.y, whole.right - box.right, whole.bottom - box.bottom,
        ]
        if let size, beyond.contains(where: { $0 > Self.roundingError }) {
            warn(
                .box, place(),
                "\(describe(whole)) of \(object.name) reaches beyond the image of "
                    + "\(size.width)x\(size.height); it is cut at its edge")
        }
        if !known.insert(Known(name: object.name, box: box)).inserted {
            warn(
                .duplicate, place(),
                "the same object is there already: \(object.name), \(describe(box)); both are kept")
        }
        objects.append(object)
    }

    /// Notes that what stands at a place cannot be used.
    mutating func refuse(_ kind: AnnotationProblem.Kind, _ place: String, _ message: String) {
        problems.append(.init(.error, kind, file: file, place: place, message))
    }

    /// Notes something odd.
    mutating func warn(_ kind: AnnotationProblem.Kind, _ place: String, _ message: String) {
        problems.append(.init(.warning, kind, file: file, place: place, message))
    }

    private func describe(_ box: Box) -> String {
        "the box from (\(pixels(box.x)), \(pixels(box.y))) to "
            + "(\(pixels(box.right)), \(pixels(box.bottom)))"
    }
}

/// A number of pixels to the nearest millionth. Adding to, taking from and dividing a number of a file changes its last
/// digits; this brings those of up to six decimals back.
func pixels(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

/// The decimal number that a text is; nil for what is none, or not finite.
func decimal(_ text: some StringProtocol) -> Double? {
    let isPlain = text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
    guard isPlain, let value = Double(text), value.isFinite else { return nil }
    return value
}

/// A number as files have it: whole where it is.
func written(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}
