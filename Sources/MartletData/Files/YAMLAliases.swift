/// Aliases (`*name`) in YAML, seen before a parser reads it.
package enum YAMLAliases {
    /// Where something that looks like an alias stands: a star at the beginning of a word. A few aliases, written out, can
    /// be gigabytes, and the parser writes them out.
    package static func places(in bytes: [UInt8]) -> [Int] {
        let space = Set(" \t\r\n".utf8)
        let before = space.union(",[{:-?".utf8)
        return bytes.indices.filter { i in
            bytes[i] == UInt8(ascii: "*") && (i == 0 || before.contains(bytes[i - 1]))
                && i + 1 < bytes.count && !space.contains(bytes[i + 1])
        }
    }
}
