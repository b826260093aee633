internal import CKernels

/// A source of random numbers that depend on its seed and stream alone, never on threads.
///
/// Numbers are Philox4x32-10 of a counter (Salmon et al., "Parallel random numbers: as easy as 1, 2,
/// 3", 2011), so each can be had without the ones before it. A generator is a value: a copy draws the
/// same numbers again. Derive one for each purpose, epoch or sample with `stream`.
public struct Generator: Sendable, Equatable {
    /// What the user gave.
    public let seed: UInt64
    /// Which of the seed's independent sequences this is.
    public let stream: UInt64
    /// How many numbers have been drawn.
    public var offset: UInt64

    public init(seed: UInt64) { self.init(seed: seed, stream: 0, offset: 0) }

    /// A generator at a known place, for example one that a checkpoint remembered.
    public init(seed: UInt64, stream: UInt64, offset: UInt64) {
        self.seed = seed
        self.stream = stream
        self.offset = offset
    }

    /// An independent sequence for a purpose and, within it, for some numbers (an epoch, a sample).
    /// The same names give the same sequence.
    public func stream(_ purpose: String, _ numbers: Int...) -> Generator {
        // FNV-1a over the name, then a finaliser (splitmix64) over each number.
        var hash = stream ^ 0xcbf2_9ce4_8422_2325
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = Generator.mixed(hash)
        for number in numbers {
            hash = Generator.mixed(hash ^ UInt64(bitPattern: Int64(number)))
        }
        return Generator(seed: seed, stream: hash, offset: 0)
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number in `low ..< high`.
    public mutating func uniform(_ low: Double = 0, _ high: Double = 1) -> Double {
        var value = 0.0
        mt_random_uniform(MT_FLOAT64, seed, stream, advance(1), 1, low, high, &value)
        return value
    }

    /// A number of the normal distribution.
    public mutating func normal(mean: Double = 0, std: Double = 1) -> Double {
        var value = 0.0
        mt_random_normal(MT_FLOAT64, seed, stream, advance(1), 1, mean, std, &value)
        return value
    }

    /// A whole number of the range, which must not be empty.
    public mutating func integer(in range: Range<Int>) -> Int {
        precondition(!range.isEmpty, "Generator.integer: the range \(range) is empty")
        var value: Int64 = 0
        mt_random_integers(
            MT_INT64, seed, stream, advance(1), 1, Int64(range.lowerBound),
            Int64(range.upperBound), &value)
        return Int(value)
    }

    /// Whether an event of this probability happens.
    public mutating func bernoulli(_ probability: Double) -> Bool { uniform() < probability }

    /// 0 ..< count in random order.
    public mutating func permutation(_ count: Int) -> [Int] {
        Tensor.randperm(count, generator: &self).array(as: Int.self)
    }

    /// Takes numbers from the sequence and returns where they start.
    mutating func advance(_ count: Int) -> UInt64 {
        defer { offset += UInt64(count) }
        return offset
    }
}

extension Tensor {
    /// Uniform numbers in `low ..< high`.
    public static func rand(
        _ shape: [Int], low: Double = 0, high: Double = 1, dtype: DType = .float32,
        generator: inout Generator
    ) -> Tensor {
        let result = Tensor(uninitialized: shape, dtype: requireFloating(dtype, "rand"))
        mt_random_uniform(
            dtype.kernel, generator.seed, generator.stream, generator.advance(result.count),
            Int64(result.count), low, high, result.freshPointer)
        return result
    }

    /// Numbers of the normal distribution.
    public static func randn(
        _ shape: [Int], mean: Double = 0, std: Double = 1, dtype: DType = .float32,
        generator: inout Generator
    ) -> Tensor {
        let result = Tensor(uninitialized: shape, dtype: requireFloating(dtype, "randn"))
        mt_random_normal(
            dtype.kernel, generator.seed, generator.stream, generator.advance(result.count),
            Int64(result.count), mean, std, result.freshPointer)
        return result
    }

    /// Whole numbers of a range.
    public static func randint(
        _ range: Range<Int>, _ shape: [Int], dtype: DType = .int64, generator: inout Generator
    ) -> Tensor {
        precondition(!range.isEmpty, "randint: the range \(range) is empty")
        precondition(
            !dtype.isFloatingPoint && dtype != .bool,
            "randint: expected an integer type, got \(dtype)")
        let result = Tensor(uninitialized: shape, dtype: dtype)
        mt_random_integers(
            dtype.kernel, generator.seed, generator.stream, generator.advance(result.count),
            Int64(result.count), Int64(range.lowerBound), Int64(range.upperBound),
            result.freshPointer)
        return result
    }

    /// 0 ..< count in random order.
    public static func randperm(_ count: Int, generator: inout Generator) -> Tensor {
        let result = Tensor(uninitialized: [count], dtype: .int64)
        mt_random_permutation(
            generator.seed, generator.stream, generator.advance(count), Int64(count),
            result.freshPointer.assumingMemoryBound(to: Int64.self))
        return result
    }

    private static func requireFloating(_ dtype: DType, _ operation: String) -> DType {
        precondition(
            dtype.isFloatingPoint, "\(operation): expected a floating-point type, got \(dtype)")
        return dtype
    }
}
