internal import SwiftProtobuf

/// What a file of SentencePiece says, read with care; `SentencePiece.proto` has its parts.
///
/// Pieces, their types and the type of model are known to be good ones. Whatever else the file says stays in it, so that
/// it is written again as it was.
struct SentencePieceFile: Sendable, Equatable {
    typealias Piece = SentencePieceModelProto.SentencePiece

    /// The most bytes of a file: more than a million pieces.
    static let longest = 1 << 25

    private let message: SentencePieceModelProto
    /// How texts are cut.
    let model: SentencePieceTrainerSpec.ModelType
    /// The kinds of the pieces.
    let kinds: [Piece.TypeEnum]

    init(_ bytes: [UInt8]) throws(SubwordProblem) {
        guard bytes.count <= SentencePieceFile.longest else {
            throw SubwordProblem(
                "a model of \(bytes.count) bytes", expected: "at most \(SentencePieceFile.longest)")
        }
        do {
            message = try SentencePieceModelProto(serializedBytes: bytes)
        } catch {
            throw SubwordProblem(
                "a damaged or shortened file (\(error))",
                expected: "a model of SentencePiece, in Protocol Buffers")
        }
        guard !message.pieces.isEmpty else {
            throw SubwordProblem("no pieces", expected: "at least one")
        }
        guard message.denormalizerSpec.precompiledCharsmap.isEmpty else {
            throw SubwordProblem(
                "rules for text that is put together again", expected: "none")
        }
        let type = message.trainerSpec.modelType
        guard let model = SentencePieceTrainerSpec.ModelType(rawValue: Int(type)) else {
            throw SubwordProblem("the type of model \(type)", expected: "1 to 4")
        }
        self.model = model
        var kinds: [Piece.TypeEnum] = []
        kinds.reserveCapacity(message.pieces.count)
        for (id, piece) in message.pieces.enumerated() {
            kinds.append(try SentencePieceFile.kind(piece, id))
        }
        self.kinds = kinds
    }

    private static func kind(_ piece: Piece, _ id: Int) throws(SubwordProblem) -> Piece.TypeEnum {
        guard !piece.piece.isEmpty else {
            throw SubwordProblem("piece \(id) without text", expected: "a text")
        }
        guard piece.score.isFinite else {
            throw SubwordProblem(
                "the score \(piece.score) of piece \(id)", expected: "a finite number")
        }
        guard let kind = Piece.TypeEnum(rawValue: Int(piece.type)) else {
            throw SubwordProblem("the type \(piece.type) of piece \(id)", expected: "1 to 6")
        }
        return kind
    }

    /// The pieces; the places are their ids.
    var pieces: [Piece] { message.pieces }

    /// What texts go through first.
    var normalizer: SentencePieceNormalizerSpec { message.normalizerSpec }

    /// How the model was trained, as far as it matters for how texts are cut.
    var trainer: SentencePieceTrainerSpec { message.trainerSpec }

    /// The pieces of a kind.
    func ids(of kind: Piece.TypeEnum) -> [Int] {
        kinds.indices.filter { kinds[$0] == kind }
    }

    /// The bytes of the file, with all that it said.
    ///
    /// - Throws: an error of SwiftProtobuf where they would be more than it writes, 2 GiB.
    func bytes() throws -> [UInt8] { try message.serializedBytes() }
}
