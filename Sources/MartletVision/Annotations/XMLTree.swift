internal import CXML
internal import MartletData

/// An element of an XML file: its name, the text between its tags, and the elements in it. Attributes are passed over.
struct XMLTree: Equatable {
    /// Without the prefix of a namespace.
    let name: String
    /// The text that stands in the element itself, without white space around it.
    fileprivate(set) var text = ""
    /// Where the element begins, counted from 1.
    let line: Int
    fileprivate(set) var children: [XMLTree] = []

    /// How many elements may lie in one another, and how many there may be.
    static let (maximalDepth, maximalCount) = (64, 1 << 20)

    /// The first element in this one of a name.
    func child(_ name: String) -> XMLTree? { children.first { $0.name == name } }

    /// Reads a file of at most 16 MiB.
    ///
    /// - Throws: `DataError` with the line when it is no well-formed XML, has a document type, or is nested too deep.
    init(path: String) throws(DataError) {
        try self.init(InputFile.contents(path, longest: 16 << 20), path: path)
    }

    /// Reads XML from memory; `path` is what it is called in errors.
    init(_ bytes: [UInt8], path: String) throws(DataError) {
        let builder = XMLTreeBuilder()
        var error = cx_error()
        let handlers = cx_handlers(
            begin: { builder, name, line in
                XMLTreeBuilder.of(builder)?.begin(name.map { String(cString: $0) } ?? "", line)
            },
            text: { builder, bytes, count in
                XMLTreeBuilder.of(builder)?.add(UnsafeBufferPointer(start: bytes, count: count))
            },
            end: { XMLTreeBuilder.of($0)?.end() })
        let isRead = bytes.withUnsafeBufferPointer {
            cx_read(
                $0.baseAddress, $0.count, Int64(Self.maximalDepth), Int64(Self.maximalCount),
                handlers, Unmanaged.passUnretained(builder).toOpaque(), &error)
        }
        guard isRead != 0, let root = builder.root else {
            let message = withUnsafeBytes(of: error.message) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            throw DataError(
                path: path, place: error.line > 0 ? "line \(error.line)" : nil,
                problem: message.isEmpty ? "there is no element" : message)
        }
        self = root
    }

    fileprivate init(name: String, line: Int) {
        self.name = name
        self.line = line
    }
}

/// Elements that have begun, each in the one before.
private final class XMLTreeBuilder {
    private var open: [XMLTree] = []
    private(set) var root: XMLTree?

    static func of(_ context: UnsafeMutableRawPointer?) -> XMLTreeBuilder? {
        context.map { Unmanaged<XMLTreeBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    func begin(_ name: String, _ line: Int64) { open.append(XMLTree(name: name, line: Int(line))) }

    func add(_ text: UnsafeBufferPointer<UInt8>) {
        guard !open.isEmpty else { return }
        open[open.count - 1].text += String(decoding: text, as: UTF8.self)
    }

    func end() {
        guard var element = open.popLast() else { return }
        element.text = TextLines.trimmed(element.text)
        if open.isEmpty {
            root = element
        } else {
            open[open.count - 1].children.append(element)
        }
    }
}
