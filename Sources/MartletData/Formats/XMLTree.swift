internal import CXML

/// An element of an XML file: its name, the text between its tags, and the elements in it.
///
/// Read with libxml2, which opens no other file and no connection: a document type declaration is refused, entities that it
/// might define with it.
public struct XMLTree: Sendable, Equatable {
    /// Without the prefix of a namespace.
    public let name: String
    /// The text that stands in the element itself, without white space around it.
    public internal(set) var text = ""
    /// Where the element begins, counted from 1.
    public let line: Int
    public internal(set) var children: [XMLTree] = []

    /// How many elements may lie in one another.
    public static let maximalDepth = 64

    /// The first element in this one of a name.
    public func child(_ name: String) -> XMLTree? { children.first { $0.name == name } }

    /// Reads a file.
    ///
    /// - Parameter maximalBytes: larger files are refused unread.
    /// - Throws: `DataError` with the line when it is no well-formed XML, has a document type, or is nested too deep.
    public init(path: String, maximalBytes: Int = 16 << 20) throws(DataError) {
        let file = try asData { () throws(DiskError) in try InputFile(path) }
        guard file.byteCount <= maximalBytes else {
            throw DataError(
                path: path, problem: "the file has \(file.byteCount) bytes",
                expected: "at most \(maximalBytes)")
        }
        let bytes = try asData { () throws(DiskError) in
            try file.read(at: 0, count: file.byteCount)
        }
        try self.init(bytes, path: path)
    }

    /// Reads XML from memory.
    ///
    /// - Parameter path: what the bytes are called in errors.
    public init(_ bytes: [UInt8], path: String) throws(DataError) {
        let reader = try XMLReader(bytes, path: path)
        var open: [XMLTree] = []
        var root: XMLTree?
        func close(_ element: XMLTree) {
            if open.isEmpty {
                root = element
            } else {
                open[open.count - 1].children.append(element)
            }
        }
        while try reader.next() {
            switch reader.kind {
            case XML_READER_TYPE_DOCUMENT_TYPE:
                throw reader.error("a document type declaration", "none: it could name other files")
            case XML_READER_TYPE_ENTITY_REFERENCE:
                throw reader.error(
                    "the entity &\(reader.name);", "text without entities of its own")
            case XML_READER_TYPE_ELEMENT:
                guard open.count < XMLTree.maximalDepth else {
                    throw reader.error(
                        "elements lie in one another", "at most \(XMLTree.maximalDepth) deep")
                }
                let element = XMLTree(name: reader.name, line: reader.line)
                if reader.isEmptyElement { close(element) } else { open.append(element) }
            case XML_READER_TYPE_TEXT, XML_READER_TYPE_CDATA:
                if !open.isEmpty { open[open.count - 1].text += reader.value }
            case XML_READER_TYPE_END_ELEMENT:
                var element = open.removeLast()
                element.text = trimmed(element.text)
                close(element)
            default: break
            }
        }
        guard let root else {
            throw DataError(path: path, problem: "there is no element", expected: "XML")
        }
        self = root
    }

    private init(name: String, line: Int) {
        self.name = name
        self.line = line
    }
}

private func trimmed(_ text: String) -> String {
    guard let first = text.firstIndex(where: { !$0.isWhitespace }),
        let last = text.lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(text[first...last])
}

/// libxml2's reader, node by node.
private final class XMLReader {
    private let reader: xmlTextReaderPtr
    private let bytes: UnsafeMutableBufferPointer<CChar>
    private let path: String
    private var failure: (line: Int, reason: String)?

    init(_ contents: [UInt8], path: String) throws(DataError) {
        _ = Self.refusesOtherFiles
        self.path = path
        bytes = .allocate(capacity: max(contents.count, 1))
        _ = bytes.initialize(from: contents.lazy.map { CChar(bitPattern: $0) })
        let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOCDATA.rawValue
        guard
            let reader = xmlReaderForMemory(
                bytes.baseAddress, Int32(contents.count), nil, nil, Int32(options))
        else {
            bytes.deallocate()
            throw DataError(path: path, problem: "the file is empty", expected: "XML")
        }
        self.reader = reader
        let handler: xmlStructuredErrorFunc = { context, error in
            guard let context, let error else { return }
            let reader = Unmanaged<XMLReader>.fromOpaque(context).takeUnretainedValue()
            guard reader.failure == nil, error.pointee.level != XML_ERR_WARNING else { return }
            let reason = error.pointee.message.map { trimmed(String(cString: $0)) }
            reader.failure = (Int(error.pointee.line), reason ?? "error \(error.pointee.code)")
        }
        xmlTextReaderSetStructuredErrorHandler(
            reader, handler, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        xmlFreeTextReader(reader)
        bytes.deallocate()
    }

    /// Set once for the process: libxml2 opens nothing, whatever a file asks for.
    private static let refusesOtherFiles: Bool = {
        xmlInitParser()
        xmlSetExternalEntityLoader { _, _, _ in nil }
        return true
    }()

    /// Goes to the next node; false at the end.
    func next() throws(DataError) -> Bool {
        let status = xmlTextReaderRead(reader)
        if let failure {
            throw DataError(path: path, place: "line \(failure.line)", problem: failure.reason)
        }
        guard status >= 0 else { throw error("no well-formed XML", "") }
        return status == 1
    }

    var kind: xmlReaderTypes {
        xmlReaderTypes(rawValue: xmlReaderTypes.RawValue(xmlTextReaderNodeType(reader)))
    }
    var isEmptyElement: Bool { xmlTextReaderIsEmptyElement(reader) == 1 }
    var name: String { text(xmlTextReaderConstLocalName(reader)) }
    var value: String { text(xmlTextReaderConstValue(reader)) }
    var line: Int {
        xmlTextReaderCurrentNode(reader).map { Int(xmlGetLineNo($0)) }
            ?? Int(xmlTextReaderGetParserLineNumber(reader))
    }

    private func text(_ pointer: UnsafePointer<xmlChar>?) -> String {
        pointer.map { String(cString: $0) } ?? ""
    }

    func error(_ problem: String, _ expected: String) -> DataError {
        DataError(path: path, place: "line \(line)", problem: problem, expected: expected)
    }
}
