public import MartletData

extension SubwordTokenizer {
    /// Reads a model of SentencePiece: of the types unigram, BPE, word and character.
    ///
    /// Texts are cut as SentencePiece does without sampling. A text of the user's own symbols or bytes that stand for
    /// unknown characters is cut as the model says; control symbols are never found in texts.
    ///
    /// - Throws: `DataError` where the file cannot be read, is none of SentencePiece, or its parts do not fit one another.
    public init(sentencePiece path: String) throws(DataError) {
        let bytes = try InputFile.contents(path, longest: SentencePieceFile.longest)
        try self.init(sentencePieceContents: bytes, path: path)
    }

    /// Reads what a SentencePiece model's file holds.
    ///
    /// - Parameter path: what errors call it.
    public init(sentencePieceContents bytes: [UInt8], path: String) throws(DataError) {
        do throws(SubwordProblem) {
            try self.init(try SentencePieceFile(bytes))
        } catch {
            throw DataError(path: path, problem: error.problem, expected: error.expected)
        }
    }

    /// Writes a model that SentencePiece reads.
    ///
    /// - Throws: `DataError` where the tokeniser was not read from one, and `DiskError`.
    public func write(sentencePiece path: String) throws {
        guard let sentencePiece else {
            throw DataError(
                path: path, problem: "a tokeniser that does not work as SentencePiece does",
                expected: "to be written as a tokenizer.json")
        }
        try AtomicFile.write(try sentencePiece.bytes(), to: path)
    }

    init(_ file: SentencePieceFile) throws(SubwordProblem) {
        var normalizer = SentencePieceNormalizer()
        let rules = file.normalizer.precompiledCharsmap
        normalizer.rules = rules.isEmpty ? nil : try CharacterMap(Array(rules))
        normalizer.addsDummyPrefix = file.normalizer.addDummyPrefix
        normalizer.removesExtraWhitespace = file.normalizer.removeExtraWhitespaces
        normalizer.escapesWhitespace = file.normalizer.escapeWhitespaces
        normalizer.treatsWhitespaceAsSuffix = file.trainer.treatWhitespaceAsSuffix
        normalizer.keep(file.ids(of: .userDefined).map { file.pieces[$0].piece })
        let unknowns = file.ids(of: .unknown)
        guard unknowns.count == 1 else {
            throw SubwordProblem("\(unknowns.count) unknown pieces", expected: "one")
        }
        let vocabulary = try SubwordVocabulary(
            file.pieces.enumerated().map { ($1.piece, $0) })
        if file.trainer.byteFallback, vocabulary.byteIDs().contains(nil) {
            throw SubwordProblem(
                "unknown characters as bytes, and not all of these",
                expected: "<0x00> to <0xFF> among the pieces")
        }
        let unknown = unknowns[0]
        var added = file.ids(of: .control).map { AddedToken(file.pieces[$0].piece, id: $0) }
        if file.model == .bpe || file.model == .char {
            added += file.ids(of: .userDefined).map {
                var token = AddedToken(file.pieces[$0].piece, id: $0)
                token.isSpecial = false
                token.isNormalized = true
                return token
            }
        }
        try self.init(
            try SubwordModel(file, vocabulary, unknown: unknown),
            normalizer: .sentencePiece(normalizer), preTokenizer: file.preTokenizer, added: added,
            sentencePiece: file)
        decoder = .sentencePiece(
            addsDummyPrefix: file.normalizer.addDummyPrefix,
            removesExtraWhitespace: file.normalizer.removeExtraWhitespaces,
            unknown: file.pieces[unknown].piece, surface: file.trainer.unkSurface)
    }
}

extension SentencePieceFile {
    fileprivate var preTokenizer: SubwordTokenizer.PreTokenizer? {
        switch model {
        case .unigram, .bpe: nil
        case .word:
            .split(
                .init("▁"), trainer.treatWhitespaceAsSuffix ? .mergedWithPrevious : .mergedWithNext)
        case .char: .fixedLength(1)
        }
    }
}

extension SubwordModel {
    /// The most bytes of a piece that is put together by merges.
    private static let longestPiece = 1024

    fileprivate init(
        _ file: SentencePieceFile, _ vocabulary: SubwordVocabulary, unknown: Int
    ) throws(SubwordProblem) {
        switch file.model {
        case .unigram:
            self = .unigram(SubwordModel.unigram(file, vocabulary, unknown: unknown))
        case .bpe: self = .bpe(try SubwordModel.bpe(file, vocabulary, unknown: unknown))
        case .word, .char:
            guard !file.trainer.byteFallback else {
                throw SubwordProblem(
                    "a model of words or characters with bytes for unknown ones",
                    expected: "one of the types unigram and BPE")
            }
            self = .wordLevel(
                try WordLevelModel(vocabulary, unknownToken: file.pieces[unknown].piece))
        }
    }

    private static func unigram(
        _ file: SentencePieceFile, _ vocabulary: SubwordVocabulary, unknown: Int
    ) -> UnigramModel {
        let normal = file.ids(of: .normal).map { file.pieces[$0].score }
        let greatest = normal.max() ?? 0
        let scores = zip(file.pieces, file.kinds).map { piece, kind in
            // A symbol of the user's is worth more than any other way to cut its text.
            kind == .userDefined
                ? Double(Float(piece.piece.utf8.count) * greatest - 0.1) : Double(piece.score)
        }
        var options = UnigramModel.Options()
        options.byteFallback = file.trainer.byteFallback
        options.followsSentencePiece = true
        return UnigramModel(
            vocabulary, scores: scores, unknown: unknown, options: options,
            searched: file.ids(of: .normal) + file.ids(of: .userDefined),
            leastScore: Double(normal.min() ?? 0))
    }

    /// SentencePiece merges neighbours that are a piece together, the one with the greatest score first: a merge for every
    /// way to cut a piece in two pieces says the same.
    private static func bpe(
        _ file: SentencePieceFile, _ vocabulary: SubwordVocabulary, unknown: Int
    ) throws(SubwordProblem) -> BPEModel {
        guard file.ids(of: .unused).isEmpty else {
            throw SubwordProblem("a BPE model with unused pieces", expected: "none of them")
        }
        let normal = file.ids(of: .normal)
        let trie = ByteTrie(normal.map { (Array(file.pieces[$0].piece.utf8), $0) })
        let order = Array(Set(normal.map { file.pieces[$0].score })).sorted(by: >)
        let ranks = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        var merges: [(left: Int32, right: Int32, rank: Int, result: Int32)] = []
        for id in normal {
            let text = Array(file.pieces[id].piece.utf8)
            guard text.count <= longestPiece else {
                throw SubwordProblem(
                    "the piece \(quoted(file.pieces[id].piece)) of \(text.count) bytes",
                    expected: "at most \(longestPiece)")
            }
            let rank = ranks[file.pieces[id].score] ?? 0
            var node = ByteTrie.root
            for index in 0..<(text.count - 1) {
                guard let next = trie.child(of: node, text[index]) else { break }
                node = next
                guard let left = trie.value(node),
                    let right = trie.node(text[(index + 1)...]).flatMap(trie.value)
                else { continue }
                merges.append((Int32(left), Int32(right), rank, Int32(id)))
            }
        }
        var table = MergeTable(capacity: merges.count)
        for merge in merges {
            table.insert(merge.left, merge.right, rank: merge.rank, result: merge.result)
        }
        var options = BPEModel.Options()
        options.unknownToken = file.pieces[unknown].piece
        options.fusesUnknown = true
        options.byteFallback = file.trainer.byteFallback
        return try BPEModel(vocabulary, table: table, options: options)
    }
}
