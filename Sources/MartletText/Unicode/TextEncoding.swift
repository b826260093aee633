/// How the bytes of a text stand for characters.
public struct TextEncoding: Hashable, Codable, Sendable {
    /// The name by which ICU knows it, which may be any of its names: `GB18030`, `latin1`, `cp932`.
    public let name: String

    /// The encoding of a name; whether there is one is found when bytes are decoded.
    public init(_ name: String) { self.name = name }

    /// UTF-8.
    public static let utf8 = TextEncoding("UTF-8")
    /// UTF-16, the lower byte first.
    public static let utf16LittleEndian = TextEncoding("UTF-16LE")
    /// UTF-16, the higher byte first.
    public static let utf16BigEndian = TextEncoding("UTF-16BE")
    /// UTF-32, the lowest byte first.
    public static let utf32LittleEndian = TextEncoding("UTF-32LE")
    /// UTF-32, the highest byte first.
    public static let utf32BigEndian = TextEncoding("UTF-32BE")
    /// Chinese, all of Unicode; GB2312 and GBK are parts of it.
    public static let gb18030 = TextEncoding("GB18030")
    /// Chinese in traditional characters.
    public static let big5 = TextEncoding("Big5")
    /// Japanese.
    public static let shiftJIS = TextEncoding("Shift_JIS")
    /// Japanese.
    public static let eucJP = TextEncoding("EUC-JP")
    /// Korean.
    public static let eucKR = TextEncoding("EUC-KR")
    /// Western European.
    public static let windows1252 = TextEncoding("windows-1252")

    /// Whether the name is one of UTF-8's.
    var isUTF8: Bool { ["utf-8", "utf8"].contains(name.lowercased()) }

    /// The byte order marks of the Unicode encodings, longer ones first where one begins another.
    static let marks: [(encoding: TextEncoding, bytes: [UInt8])] = [
        (.utf8, [0xEF, 0xBB, 0xBF]),
        (.utf32LittleEndian, [0xFF, 0xFE, 0, 0]),
        (.utf32BigEndian, [0, 0, 0xFE, 0xFF]),
        (.utf16LittleEndian, [0xFF, 0xFE]),
        (.utf16BigEndian, [0xFE, 0xFF]),
    ]
}
