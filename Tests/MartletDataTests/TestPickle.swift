import MartletTesting

/// Pickles put together by hand, opcode by opcode.
enum TestPickle {
    static let start: [UInt8] = [0x80, 2]

    static func ops(_ text: String) -> [UInt8] { text.unicodeScalars.map { UInt8($0.value) } }

    static func string(_ text: String) -> [UInt8] {
        ops("X") + little(text.utf8.count, 4) + Array(text.utf8)
    }

    static func integer(_ value: Int) -> [UInt8] {
        Int32(exactly: value) == nil ? [0x8a, 8] + little(value, 8) : ops("J") + little(value, 4)
    }

    static func global(_ module: String, _ name: String) -> [UInt8] { ops("c\(module)\n\(name)\n") }

    static func tuple(_ values: [Int]) -> [UInt8] { ops("(") + values.flatMap(integer) + ops("t") }

    static func storage(_ key: String = "0", _ type: String = "FloatStorage", count: Int = 6)
        -> [UInt8]
    {
        ops("(") + string("storage") + global("torch", type) + string(key) + string("cpu")
            + integer(count) + ops("tQ")
    }

    /// A tensor of 2 x 3 floats, where nothing else is said.
    static func tensor(
        _ storage: [UInt8] = storage(), offset: Int = 0, shape: [Int] = [2, 3],
        strides: [Int] = [3, 1], after: [UInt8] = []
    ) -> [UInt8] {
        global("torch._utils", "_rebuild_tensor_v2") + ops("(") + storage + integer(offset)
            + tuple(shape) + tuple(strides) + ops("\u{89}") + global("collections", "OrderedDict")
            + ops(")R") + after + ops("tR")
    }

    /// A whole pickle of a dictionary.
    static func dictionary(_ items: [(String, [UInt8])]) -> [UInt8] {
        start + ops("}(") + items.flatMap { string($0.0) + $0.1 } + ops("u.")
    }

    /// The archive's entries around a pickle: a storage of 6 floats, 0 to 5.
    static func entries(_ pickle: [UInt8]) -> [TestZip.Entry] {
        let floats = (0..<6).flatMap { little(Int(Float($0).bitPattern), 4) }
        return [
            .init("f/data.pkl", pickle), .init("f/byteorder", Array("little".utf8)),
            .init("f/data/0", floats), .init("f/data/1", [1, 0]), .init("f/version", [0x33, 10]),
        ]
    }

    /// The file of a pickle.
    static func file(_ pickle: [UInt8]) -> [UInt8] { TestZip(entries(pickle)).bytes }

    /// A good file.
    static let good = dictionary([("a", tensor())])
}
