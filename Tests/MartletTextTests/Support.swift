import Foundation
import Testing

/// A fixture of the tests' folder.
func fixture<T: Decodable>(_ name: String, as type: T.Type = T.self) throws -> T {
    let url = try #require(
        Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try JSONDecoder().decode(type, from: Data(contentsOf: url))
}

/// Where the environment says larger data lie.
let dataFolder = ProcessInfo.processInfo.environment["MARTLET_DATA"]

/// A hash by which large results are compared (Fowler, Noll and Vo: FNV-1a, 64 bits).
func hash(_ text: String) -> String {
    var text = text
    let value = text.withUTF8 {
        $0.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}

extension String {
    /// The text of a range of its bytes.
    subscript(bytes range: Range<Int>) -> String {
        String(decoding: Array(utf8)[range], as: UTF8.self)
    }
}
