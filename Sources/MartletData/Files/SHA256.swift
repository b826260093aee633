internal import CCrypto
internal import Martlet

/// The SHA-256 of bytes that come in pieces (FIPS 180-4), by OpenSSL.
public struct SHA256: ~Copyable {
    private let context: OpaquePointer

    /// The state before the first byte.
    public init() {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        else { preconditionFailure("SHA256: OpenSSL has no memory or no SHA-256") }
        self.context = context
    }

    deinit { EVP_MD_CTX_free(context) }

    /// Takes in more bytes.
    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(
            EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1,
            "SHA256: OpenSSL refused \(bytes.count) bytes")
    }

    /// The digest of all bytes so far.
    public consuming func digest() -> ContentHash {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        let status = withUnsafeMutableBytes(of: &words) {
            EVP_DigestFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), nil)
        }
        precondition(status == 1, "SHA256: OpenSSL gave no digest")
        return ContentHash(
            a: words.0.bigEndian, b: words.1.bigEndian, c: words.2.bigEndian, d: words.3.bigEndian)
    }

    /// The digest of a file.
    ///
    /// - Throws: `DiskError` when it cannot be read.
    public static func file(_ path: String) throws(DiskError) -> ContentHash {
        let file = try InputFile(path)
        var hash = SHA256()
        var position = 0
        while true {
            let piece = try file.read(at: position, count: 1 << 20)
            if piece.isEmpty { break }
            piece.withUnsafeBytes { hash.update($0) }
            position += piece.count
        }
        return hash.digest()
    }
}

/// What stands for some bytes: equal only where they are.
public struct ContentHash: Hashable, Sendable, CustomStringConvertible {
    fileprivate let a, b, c, d: UInt64

    /// 64 hexadecimal digits.
    public var description: String {
        [a, b, c, d].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
