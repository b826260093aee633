public import MartletData
public import MartletMetrics

/// What is in an image, as a file of Pascal VOC says it (`Annotations/NAME.xml`).
public struct VOCAnnotation: Sendable, Equatable {
    /// A thing with a box.
    public struct Object: Sendable, Equatable {
        /// Its class.
        public var name: String
        /// In pixels. The file's corners are counted from 1 and belong to the box: 1 and 1 is the box of the first pixel.
        public var box: Box
        /// Hard to make out: need not be found.
        public var isDifficult: Bool
        /// Reaches beyond what the box shows: over the edge of the image, mostly.
        public var isTruncated: Bool
        /// Partly behind something else.
        public var isOccluded: Bool
        /// From where it is seen; empty where the file does not say.
        public var pose: String
        /// Where the object begins in the file, counted from 1; 0 for one that is from no file.
        public var line: Int

        public init(
            name: String, box: Box, isDifficult: Bool = false, isTruncated: Bool = false,
            isOccluded: Bool = false, pose: String = "", line: Int = 0
        ) {
            self.name = name
            self.box = box
            self.isDifficult = isDifficult
            self.isTruncated = isTruncated
            self.isOccluded = isOccluded
            self.pose = pose
            self.line = line
        }
    }

    /// The image's name, without a folder; empty where the file does not say.
    public var filename: String
    /// Height and width in pixels; nil where the file does not say, or says 0.
    public var size: ImageSize?
    public var objects: [Object]

    public init(filename: String, size: ImageSize?, objects: [Object]) {
        self.filename = filename
        self.size = size
        self.objects = objects
    }

    /// Reads a file.
    ///
    /// Parts of objects are passed over. What is odd but can be understood is told to `warn`: a box that reaches beyond the
    /// image is cut at its edge, one without area is left out.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - actualSize: the image's size, where it is known: it counts more than what the file says.
    ///   - warn: takes the line and what is odd in it.
    /// - Throws: `DataError` with the line of what cannot be used.
    public init(
        path: String, actualSize: ImageSize? = nil, warn: (_ line: Int, _ message: String) -> Void
    ) throws(DataError) {
        try self.init(XMLTree(path: path), path: path, actualSize: actualSize, warn: warn)
    }

    /// Reads what a file holds; `path` is what it is called in errors.
    public init(
        _ root: XMLTree, path: String, actualSize: ImageSize? = nil,
        warn: (_ line: Int, _ message: String) -> Void
    ) throws(DataError) {
        guard root.name == "annotation" else {
            throw DataError(
                path: path, place: "line \(root.line)", problem: "the element <\(root.name)>",
                expected: "<annotation>")
        }
        let reader = VOCReader(path: path)
        filename = root.child("filename")?.text ?? ""
        let declared = try reader.size(in: root)
        if let actualSize, let declared, actualSize != declared {
            warn(
                root.child("size")?.line ?? root.line,
                "the image is \(actualSize.width)x\(actualSize.height), not "
                    + "\(declared.width)x\(declared.height)")
        }
        size = actualSize ?? declared
        objects = []
        for element in root.children where element.name == "object" {
            var object = try reader.object(element)
            if let size {
                let whole = object.box
                object.box = whole.clipped(
                    to: Box(x: 0, y: 0, width: Double(size.width), height: Double(size.height)))
                if object.box != whole {
                    warn(element.line, "the box reaches beyond the image and is cut at its edge")
                }
            }
            if object.box.area > 0 {
                objects.append(object)
            } else {
                warn(element.line, "the box has no area within the image and is left out")
            }
        }
    }

    /// The file's text: corners whole where they are, sizes and flags as annotation tools expect them.
    public var xml: String {
        func number(_ value: Double) -> String {
            value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
        }
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
                "\t\t<pose>\(escaped(object.pose.isEmpty ? "Unspecified" : object.pose))</pose>",
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

/// The elements of a file, with errors that name the line.
private struct VOCReader {
    let path: String

    func problem(_ element: XMLTree, _ problem: String, _ expected: String) -> DataError {
        DataError(
            path: path, place: "line \(element.line)", problem: problem, expected: expected)
    }

    func size(in root: XMLTree) throws(DataError) -> ImageSize? {
        guard let element = root.child("size") else { return nil }
        let width = try number("width", in: element)
        let height = try number("height", in: element)
        // Some tools write 0 where they do not know.
        if width == 0 && height == 0 { return nil }
        guard let width = Int(exactly: width), let height = Int(exactly: height), width > 0,
            height > 0
        else { throw problem(element, "a size of \(width)x\(height)", "whole numbers above 0") }
        return ImageSize(height: height, width: width)
    }

    func object(_ element: XMLTree) throws(DataError) -> VOCAnnotation.Object {
        guard let name = element.child("name"), !name.text.isEmpty else {
            throw problem(element, "the object has no <name>", "its class")
        }
        guard let corners = element.child("bndbox") else {
            throw problem(element, "the object \(name.text) has no <bndbox>", "its corners")
        }
        let left = try number("xmin", in: corners)
        let top = try number("ymin", in: corners)
        let right = try number("xmax", in: corners)
        let bottom = try number("ymax", in: corners)
        guard left <= right && top <= bottom else {
            throw problem(
                corners, "the corners (\(left), \(top)) and (\(right), \(bottom))",
                "xmin up to xmax and ymin up to ymax")
        }
        return VOCAnnotation.Object(
            name: name.text,
            box: Box(left: left - 1, top: top - 1, right: right, bottom: bottom),
            isDifficult: try flag("difficult", in: element),
            isTruncated: try flag("truncated", in: element),
            isOccluded: try flag("occluded", in: element),
            pose: element.child("pose")?.text ?? "", line: element.line)
    }

    private func number(_ name: String, in element: XMLTree) throws(DataError) -> Double {
        guard let child = element.child(name) else {
            throw problem(element, "<\(element.name)> has no <\(name)>", "a number")
        }
        // Beyond this, pixels can no longer be told apart.
        guard let value = Double(child.text), abs(value) <= 1e9 else {
            throw problem(child, "<\(name)> is \"\(child.text.prefix(40))\"", "a number of pixels")
        }
        return value
    }

    private func flag(_ name: String, in element: XMLTree) throws(DataError) -> Bool {
        guard let child = element.child(name), !child.text.isEmpty else { return false }
        switch child.text.lowercased() {
        case "0", "false": return false
        case "1", "true": return true
        default: throw problem(child, "<\(name)> is \"\(child.text.prefix(40))\"", "0 or 1")
        }
    }
}
