public import MartletData
internal import MartletMetrics

/// What is in an image, as a file of Pascal VOC says it (`Annotations/NAME.xml`).
///
/// Everingham et al., "The Pascal Visual Object Classes (VOC) Challenge", 2010.
public struct VOCAnnotation: Sendable, Equatable {
    /// The image's name; empty where the file does not say.
    public var filename: String
    /// Height and width in pixels; nil where that is not known.
    public var size: ImageSize?
    /// Their boxes are in pixels. The file's corners are counted from 1 and belong to the box: 1 and 1 is the box of the
    /// first pixel.
    public var objects: [AnnotatedObject]

    /// An annotation to be written.
    public init(filename: String, size: ImageSize?, objects: [AnnotatedObject]) {
        self.filename = filename
        self.size = size
        self.objects = objects
    }

    /// Reads a file. Parts of objects are passed over.
    ///
    /// A box that reaches beyond the image is cut at its edge, one without area is left out, and an object that is there
    /// twice is kept: warnings. An object without a class or a box, or with a box whose corners are swapped or no numbers, is
    /// an error, and left out too.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - image: the image's file, whose header is read where the annotation does not tell the size.
    ///   - problems: what is wrong or odd in the file is added here, with its line.
    /// - Throws: `DataError` for a file that is no XML or another kind of XML, and for an image that is needed and cannot be
    ///   read.
    public init(
        path: String, image: String? = nil, problems: inout [AnnotationProblem]
    ) throws(DataError) {
        try self.init(XMLTree(path: path), path: path, image: image, problems: &problems)
    }

    /// Reads what a file holds; `path` is what it is called in errors.
    init(
        _ root: XMLTree, path: String, image: String? = nil, problems: inout [AnnotationProblem]
    ) throws(DataError) {
        guard root.name == "annotation" else {
            throw DataError(
                path: path, place: "line \(root.line)", problem: "the element <\(root.name)>",
                expected: "<annotation>")
        }
        filename = root.child("filename")?.text ?? ""
        var fault: VOCFault?
        do throws(VOCFault) { size = try root.size } catch { fault = error }
        if size == nil, let image {
            do throws(ImageError) {
                size = try ImageHeader(path: image).size
            } catch {
                throw DataError(path: error.source, problem: error.reason)
            }
        }
        var collector = ObjectCollector(file: path, size: size)
        if let fault { collector.refuse(fault.kind, fault.place, fault.message) }
        for element in root.children where element.name == "object" {
            do throws(VOCFault) {
                let object = try element.object { line, message in
                    collector.warn(.object, "line \(line)", message)
                }
                collector.add(object, at: "line \(element.line)")
            } catch {
                collector.refuse(error.kind, error.place, error.message)
            }
        }
        objects = collector.objects
        problems += collector.problems
    }

    /// The file's text. Corners have up to six decimals.
    public var xml: String {
        func number(_ value: Double) -> String { written(pixels(value)) }
        func flag(_ value: Bool) -> String { value ? "1" : "0" }
        var lines = ["<annotation>", "\t<filename>\(escaped(filename))</filename>"]
        if let size {
            lines += [
                "\t<size>", "\t\t<width>\(size.width)</width>",
                "\t\t<height>\(size.height)</height>", "\t\t<depth>3</depth>", "\t</size>",
            ]
        }
        lines.append("\t<segmented>0</segmented>")
        for object in objects {
            lines += [
                "\t<object>", "\t\t<name>\(escaped(object.name))</name>",
                "\t\t<pose>Unspecified</pose>",
                "\t\t<truncated>\(flag(object.isTruncated))</truncated>",
                "\t\t<occluded>\(flag(object.isOccluded))</occluded>",
                "\t\t<difficult>\(flag(object.isDifficult))</difficult>", "\t\t<bndbox>",
                "\t\t\t<xmin>\(number(object.box.x + 1))</xmin>",
                "\t\t\t<ymin>\(number(object.box.y + 1))</ymin>",
                "\t\t\t<xmax>\(number(object.box.right))</xmax>",
                "\t\t\t<ymax>\(number(object.box.bottom))</ymax>", "\t\t</bndbox>",
                "\t</object>",
            ]
        }
        return (lines + ["</annotation>", ""]).joined(separator: "\n")
    }
}

private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        default: result.append(character)
        }
    }
}

/// Why an element cannot be used.
private struct VOCFault: Error {
    let kind: AnnotationProblem.Kind
    let place: String
    let message: String

    init(_ kind: AnnotationProblem.Kind, _ element: XMLTree, _ problem: String, _ expected: String)
    {
        self.kind = kind
        place = "line \(element.line)"
        message = "\(problem); expected \(expected)"
    }
}

extension XMLTree {
    /// The image's size, of an annotation; nil where it is not told, or told to be 0, as some tools do.
    fileprivate var size: ImageSize? {
        get throws(VOCFault) {
            guard let element = child("size") else { return nil }
            let width = try element.number("width", .size)
            let height = try element.number("height", .size)
            if width == 0 || height == 0 { return nil }
            guard let width = Int(exactly: width), let height = Int(exactly: height), width > 0,
                height > 0
            else {
                throw VOCFault(
                    .size, element, "a size of \(written(width))x\(written(height))",
                    "whole numbers above 0")
            }
            return ImageSize(height: height, width: width)
        }
    }

    /// What an `<object>` is.
    ///
    /// - Parameter warn: takes the line and what is odd in it.
    fileprivate func object(
        warn: (_ line: Int, _ message: String) -> Void
    ) throws(VOCFault) -> AnnotatedObject {
        guard let name = child("name"), !name.text.isEmpty else {
            throw VOCFault(.object, self, "the object has no <name>", "its class")
        }
        guard let corners = child("bndbox") else {
            throw VOCFault(
                .object, self, "the object \(quoted(name.text)) has no <bndbox>", "its corners")
        }
        let left = try corners.number("xmin", .box)
        let top = try corners.number("ymin", .box)
        let right = try corners.number("xmax", .box)
        let bottom = try corners.number("ymax", .box)
        guard left <= right && top <= bottom else {
            throw VOCFault(
                .box, corners,
                "the corners (\(written(left)), \(written(top))) and "
                    + "(\(written(right)), \(written(bottom)))",
                "xmin up to xmax and ymin up to ymax")
        }
        return AnnotatedObject(
            name: name.text,
            box: Box(
                x: pixels(left - 1), y: pixels(top - 1), width: pixels(right - left + 1),
                height: pixels(bottom - top + 1)),
            isDifficult: try flag("difficult", warn), isTruncated: try flag("truncated", warn),
            isOccluded: try flag("occluded", warn))
    }

    private func number(_ name: String, _ kind: AnnotationProblem.Kind) throws(VOCFault) -> Double {
        guard let child = child(name) else {
            throw VOCFault(kind, self, "<\(self.name)> has no <\(name)>", "a number")
        }
        // Beyond this, millionths of a pixel can no longer be told apart.
        guard let value = decimal(child.text), abs(value) <= 1e9 else {
            throw VOCFault(
                kind, child, "<\(name)> is \(quoted(child.text))", "a number of pixels")
        }
        return value
    }

    /// Whether an element says yes; no where there is none. Some tools write the part that is hidden instead.
    private func flag(
        _ name: String, _ warn: (_ line: Int, _ message: String) -> Void
    ) throws(VOCFault) -> Bool {
        guard let child = child(name), !child.text.isEmpty else { return false }
        switch child.text.lowercased() {
        case "0", "false": return false
        case "1", "true": return true
        default:
            guard let value = decimal(child.text) else {
                throw VOCFault(.object, child, "<\(name)> is \(quoted(child.text))", "0 or 1")
            }
            warn(child.line, "<\(name)> is \(quoted(child.text)); taken as \(value > 0 ? 1 : 0)")
            return value > 0
        }
    }
}
