"""Subword tokenisers of many kinds, and what they make of ordinary and hostile texts.

The fixtures are made with Hugging Face tokenizers 0.23.3 and sentencepiece 0.2.3. Without `write`, other commands of this
file are run by tests on larger data:

    python Tests/Reference/subwords.py train FOLDER TEXTS SIZE trains tokenisers of a size on a file of lines, into a folder
    python Tests/Reference/subwords.py learn KIND FILE TEXTS   trains one, as the tests do with our own trainer
    python Tests/Reference/subwords.py encode TEXTS MODELS…    prints the ids of each line by each model, as JSON
    python Tests/Reference/subwords.py time MODEL TEXTS        prints the seconds that encoding all lines took
"""

import json
import os
import pathlib
import random
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import sentencepiece
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

FIXTURES = pathlib.Path(__file__).parent.parent / "MartletTextTests" / "Fixtures"

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace("{1,3}", "")

WORDS = (
    "the quick brown fox jumps over a lazy dog while unbelievable tokenisation of words "
    "and subwords happens because low lower lowest new newer newest wide wider widest "
    "playing played player hotel room service was not good don't can't it's we'll they've"
).split()
CHINESE = "酒店 房间 服务 很好 不错 环境 一般 早餐 位置 交通 方便 价格 便宜 非常 满意 再来 感觉 电脑 屏幕 键盘".split()

HOSTILE = [
    "",
    " ",
    "   ",
    "\t\n\r\n \u00a0\u3000",
    "hello world",
    " hello",
    "hello ",
    "  two  spaces  ",
    "Hello, World! How's it going? I'LL DON'T won'T we'Ve I'D",
    "ALL CAPS and Ünïcödé ĄĆĘ ÀÉÎ ñ Å Å ﬁ ﬀ ² ½ Ⅷ ℌ",
    "e\u0301 o\u0308\u0323 a\u0323\u0308 q\u0307\u0323 \u0301start",
    "\u0301",
    "\u0344 \u0958 \u2126 \ufb1d \u1e9b\u0323",
    "각 한국어 각 \u1100\u1161\u11a8 가\u11a8",
    "İstanbul DİYARBAKIR ıI ΑΣ ΣΑΣ ß ẞ",
    "酒店的环境很好，服务也不错！早餐一般。",
    "我love你 abc中文def １２３ＡＢＣ　全角",
    "㐀㐁𠀀𠀁𪜀 豈 丽",
    "こんにちは 世界 カタカナ ｶﾀｶﾅ ﾞ",
    "สวัสดีครับ ภาษาไทย",
    "שָׁלוֹם عَرَبِيّ हिन्दी नमस्ते",
    "👍👍🏽👨‍👩‍👧‍👦🇩🇪🇫🇷 ❤️ ☺",
    "a\u200bb\u200dc\u200ed\ufeffe\u2060f",
    "\x00 nul \x00\x01\x07\x1b[0m \x7f \x80\x85\x9f",
    "\ufffd\ufffe\uffff \U0010ffff \ue000",
    "tab\tnew\nline\r\ncr\rff\x0cvt\x0bnel\x85ls\u2028ps\u2029",
    "1234567890 12,345.67 3.14e-10 0x1F ١٢٣ ๑๒ ⅓ 一二三",
    "don't 'tis 's 't 'S 'RE '\u017f 'ſ x'ſ '' ''s",
    "foo@bar.com http://x.y/z?q=1&r=2#f C:\\dir\\file.txt",
    "!!!???...,,,;;;:::--__~~@@##$$%%^^&&**(())[[]]{{}}||\\\\//<<>>==++``''\"\"",
    "“curly” ‘quotes’ – — … « » ‹ › „ ‚ ¿ ¡ · § ¶ † ‡ • ‰ ′ ″",
    "€ £ ¥ ¢ ₹ ™ © ® ° ± × ÷ √ ∞ ≠ ≤ ≥ ∑ ∫ → ← ⇒",
    "a" * 50,
    "ab" * 60,
    "lowestlowestnewestwidest" * 5,
    "x" * 101,
    "é" * 101,
    "好" * 101,
    "very long word " + "pneumonoultramicroscopicsilicovolcanoconiosis",
    "[CLS] in text [SEP] and [MASK] here[MASK]there [UNK]",
    "<s> text </s> <unk><pad> <mask>  <mask>end",
    "<special> <special>x <SPECIAL> <sp ecial>",
    "addedtoken and added token and Added Token ADDEDTOKEN addedtokens",
    "single singles tosingle single. (single) single",
    "▁▁ underline ▁hello▁world ▁ _",
    "Ġhello Ġ ĊĠ",
    "##ing playing ##",
    "<0x0A> <0xFF> <0x41>",
    " \n\n \n x \n",
    "x\u00a0y\u2003z\u3000w",
    "newer\nnewest\nwider",
    "word</w> end</w>",
    "mixed🎉emoji中文and😀text",
    "\U0001d400\U0001d41a𝓗𝓮𝓵𝓵𝓸",
    "ﷺ ﷽ ㌀ ㍻ ㎏ ﬃ",
    "ក្រុមហ៊ុន မြန်မာ ಕನ್ನಡ",
    "i̇ ǅ ǆ Ǆ Ω Ω K K",
    "-1 - -- --- 2-3 a-b a_b a__b __init__",
]


def texts():
    chance = random.Random(7)
    result = list(HOSTILE)
    for _ in range(16):
        count = chance.randint(3, 12)
        result.append(" ".join(chance.choice(WORDS) for _ in range(count)).capitalize() + ".")
    for _ in range(10):
        count = chance.randint(2, 8)
        result.append("".join(chance.choice(CHINESE) for _ in range(count)) + "，" + chance.choice(WORDS))
    pool = "".join(HOSTILE)
    for _ in range(16):
        result.append("".join(chance.choice(pool) for _ in range(chance.randint(1, 30))))
    return result


def corpus():
    chance = random.Random(3)
    lines = []
    for _ in range(400):
        lines.append(" ".join(chance.choice(WORDS) for _ in range(8)).capitalize() + ".")
        lines.append("".join(chance.choice(CHINESE) for _ in range(5)) + "。")
    return lines + HOSTILE[8:32]


def byte_level(**options):
    t = Tokenizer(models.BPE(**options))
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    t.decoder = decoders.ByteLevel()
    return t


def bpe_trainer(size=420, **options):
    return trainers.BpeTrainer(vocab_size=size, show_progress=False, **options)


ALPHABET = pre_tokenizers.ByteLevel.alphabet()


def gpt2():
    t = byte_level()
    t.post_processor = processors.ByteLevel(trim_offsets=False)
    t.train_from_iterator(corpus(), bpe_trainer(initial_alphabet=ALPHABET, special_tokens=["<|endoftext|>"]))
    return t


def roberta():
    t = byte_level()
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    t.train_from_iterator(corpus(), bpe_trainer(initial_alphabet=ALPHABET, special_tokens=special))
    t.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
    t.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    return t


def split_byte_level(pattern, normalizer=None, **options):
    t = byte_level(**options)
    if normalizer:
        t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    t.train_from_iterator(corpus(), bpe_trainer(initial_alphabet=ALPHABET))
    return t


def llama3():
    t = split_byte_level(LLAMA3, ignore_merges=True)
    t.add_special_tokens(["<|begin|>"])
    t.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=True),
            processors.TemplateProcessing(
                "<|begin|> $A", "<|begin|> $A <|begin|>:1 $B:1", [("<|begin|>", t.token_to_id("<|begin|>"))]
            ),
        ]
    )
    return t


def llama2():
    t = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    special = ["<unk>", "<s>", "</s>"] + [f"<0x{i:02X}>" for i in range(256)]
    t.train_from_iterator(corpus()[:300], bpe_trainer(480, special_tokens=special, limit_alphabet=60))
    data = json.loads(t.to_str())
    data["added_tokens"] = [a for a in data["added_tokens"] if not a["content"].startswith("<0x")]
    t = Tokenizer.from_str(json.dumps(data))
    t.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return t


def character_bpe():
    t = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()])
    t.pre_tokenizer = pre_tokenizers.Whitespace()
    t.decoder = decoders.BPEDecoder()
    t.train_from_iterator(corpus(), bpe_trainer(300, special_tokens=["<unk>"], end_of_word_suffix="</w>", limit_alphabet=50))
    return t


def prefix_bpe():
    t = Tokenizer(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", fuse_unk=True))
    t.normalizer = normalizers.NFKD()
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    t.decoder = decoders.WordPiece(cleanup=False)
    t.train_from_iterator(
        corpus(), bpe_trainer(300, special_tokens=["<unk>"], continuing_subword_prefix="##", limit_alphabet=50)
    )
    return t


SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def word_piece(normalizer, pre_tokenizer=None, **options):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", **options))
    t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizer or pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(
        corpus(), trainers.WordPieceTrainer(vocab_size=400, special_tokens=SPECIAL, show_progress=False)
    )
    return t


def bert():
    t = word_piece(normalizers.BertNormalizer())
    t.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", [("[CLS]", 2), ("[SEP]", 3)]
    )
    return t


def bert_cased():
    t = word_piece(normalizers.BertNormalizer(clean_text=False, handle_chinese_chars=False, lowercase=False))
    t.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    t.enable_truncation(12, strategy="longest_first")
    t.enable_padding(direction="left", pad_to_multiple_of=4, pad_id=0, pad_token="[PAD]")
    return t


def bert_accents():
    t = word_piece(normalizers.BertNormalizer(strip_accents=True, lowercase=False), max_input_chars_per_word=20)
    t.enable_truncation(9, strategy="only_first", direction="left")
    t.enable_padding(length=14)
    return t


def word_level():
    t = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    t.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip()])
    t.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)]
    )
    t.train_from_iterator(
        corpus(), trainers.WordLevelTrainer(vocab_size=150, special_tokens=["[UNK]"], show_progress=False)
    )
    return t


def word_level_of(pre_tokenizer, normalizer=None):
    """Every piece of the pre-tokenizer on the texts is a token, so that all are told apart."""
    t = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    t.pre_tokenizer = pre_tokenizer
    if normalizer:
        t.normalizer = normalizer
    t.train_from_iterator(
        texts()[:56], trainers.WordLevelTrainer(vocab_size=500, special_tokens=["[UNK]"], show_progress=False)
    )
    return t


def unigram(pre_tokenizer, normalizer=None, byte_fallback=False):
    t = Tokenizer(models.Unigram())
    if normalizer:
        t.normalizer = normalizer
    t.pre_tokenizer = pre_tokenizer
    special = ["<unk>", "<s>", "</s>", "<pad>"]
    t.train_from_iterator(
        corpus()[:800],
        trainers.UnigramTrainer(vocab_size=300, special_tokens=special, unk_token="<unk>", show_progress=False),
    )
    if byte_fallback:
        data = json.loads(t.to_str())
        data["model"]["byte_fallback"] = True
        data["model"]["vocab"] += [[f"<0x{i:02X}>", 0.0] for i in range(256)]
        t = Tokenizer.from_str(json.dumps(data))
    if isinstance(pre_tokenizer, pre_tokenizers.Metaspace):
        t.decoder = decoders.Metaspace(prepend_scheme=pre_tokenizer.prepend_scheme)
    return t


def added():
    t = bert()
    t.add_tokens(
        [
            AddedToken("addedtoken", normalized=True),
            AddedToken("Added Token", normalized=True),
            AddedToken("added", normalized=False),
            AddedToken("single", single_word=True, normalized=False),
            AddedToken("<special>", lstrip=True, rstrip=True, normalized=False),
            AddedToken("<mask>", lstrip=True, special=True),
            AddedToken("ÜÏ", normalized=True),
        ]
    )
    return t


def charsmap():
    """Rules that SentencePiece compiled, by way of a model that uses them."""
    return sentence_piece("unigram")[1]


def pipelines():
    metaspace = pre_tokenizers.Metaspace
    split = pre_tokenizers.Split
    yield "gpt2", gpt2()
    yield "roberta", roberta()
    yield "llama3", llama3()
    yield "qwen2", split_byte_level(QWEN2, normalizers.NFC())
    yield "llama2", llama2()
    yield "character-bpe", character_bpe()
    yield "prefix-bpe", prefix_bpe()
    yield "bert", bert()
    yield "bert-cased", bert_cased()
    yield "bert-accents", bert_accents()
    yield "added", added()
    yield "word-level", word_level()
    yield "unigram", unigram(metaspace(), normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]))
    yield "unigram-bytes", unigram(metaspace(prepend_scheme="first"), byte_fallback=True)
    yield "unigram-whole", unigram(metaspace(prepend_scheme="never", split=False), normalizers.NFKC())
    yield "unigram-rules", unigram(metaspace(), normalizers.Precompiled(charsmap()))
    yield "split-removed", word_level_of(split(Regex(r"\d"), "removed"), normalizers.NFD())
    yield "split-previous", word_level_of(split(" ", "merged_with_previous"), normalizers.Strip(left=False))
    yield "split-next", word_level_of(split(Regex(r"[aeiou]"), "merged_with_next"), normalizers.StripAccents())
    yield "split-contiguous", word_level_of(
        pre_tokenizers.Sequence([split(Regex(r"\s|[a-m]"), "contiguous"), pre_tokenizers.Digits()]),
        normalizers.Replace(Regex("l+"), "LL"),
    )
    yield "split-inverted", word_level_of(
        pre_tokenizers.Sequence(
            [
                split(Regex(r"\w+|[^\w\s]"), "removed", invert=True),
                pre_tokenizers.Punctuation("merged_with_previous"),
                pre_tokenizers.CharDelimiterSplit("o"),
                pre_tokenizers.FixedLength(4),
            ]
        ),
        normalizers.Replace("quick", "slow er"),
    )


def record(encoding, tokenizer):
    """Ids, ranges and words; of the other lists those that do not follow from the ids or hold one value only."""
    named = encoding.tokens == [tokenizer.id_to_token(i) for i in encoding.ids]
    return [
        encoding.ids,
        [n for pair in encoding.offsets for n in pair],
        [-1 if w is None else w for w in encoding.word_ids],
        None if named else encoding.tokens,
        encoding.type_ids if any(encoding.type_ids) else None,
        encoding.special_tokens_mask if any(encoding.special_tokens_mask) else None,
        None if all(encoding.attention_mask) else encoding.attention_mask,
    ]


def record_pair(tokenizer, one, two):
    try:
        return record(tokenizer.encode(one, two), tokenizer)
    except Exception:  # where one text would have to lose more tokens than it has
        return None


RULES = {
    "\u00a0": " ", "\u3000": " ", "\t": " ", "\n": " ", "\r": " ", "\u200b": "", "\ufeff": "", "\x7f": "",
    "ﬁ": "fi", "ﬃ": "ffi", "…": "...", "e\u0301": "é", "o\u0308": "ö", "a\u0323\u0308": "\u1ea1\u0308", "ﷺ": "صلى الله عليه وسلم",
    "²": "2", "½": "1⁄2", "\u2126": "\u03a9", "㎏": "kg", "㍻": "平成", "ｶ": "カ", "ﾞ": "\u3099", "ß": "ss", "\u0301": "",
    "，": ",", "！": "!", "\u1100\u1161\u11a8": "\uac01", "👨\u200d👩": "👪", "  ": " ", "q\u0307": "q",
}


def rules(folder):
    """A few rules of every kind, as a file that SentencePiece compiles."""
    def code(text):
        return " ".join(f"{ord(c):X}" for c in text)

    table = dict(RULES)
    for i in range(26):
        table[chr(0xFF21 + i)] = chr(97 + i)
        table[chr(65 + i)] = chr(97 + i)
    path = os.path.join(folder, "rules.tsv")
    pathlib.Path(path).write_text("".join(f"{code(k)}\t{code(v)}\n" for k, v in table.items()))
    return path


def sentence_piece(kind, lines=None, **options):
    """A model's file and its rules."""
    import io
    import sentencepiece.sentencepiece_model_pb2 as pb

    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        if lines is None and "normalization_rule_name" not in options:
            options["normalization_rule_tsv"] = rules(folder)
        run_trainer(kind, lines, out, options)
    model = pb.ModelProto.FromString(out.getvalue())
    return out.getvalue(), model.normalizer_spec.precompiled_charsmap


def run_trainer(kind, lines, out, options):
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(lines or corpus()[:800]),
        model_writer=out,
        model_type=kind,
        vocab_size=options.pop("vocab_size", 250),
        minloglevel=2,
        num_threads=1,
        **options,
    )


SENTENCE_PIECE = {
    "unigram": dict(kind="unigram"),
    "unigram-bytes": dict(kind="unigram", byte_fallback=True, vocab_size=500, character_coverage=0.98, user_defined_symbols=["<sep>", "hello"]),
    "unigram-plain": dict(
        kind="unigram",
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        control_symbols=["<ctl>"],
        pad_id=3,
    ),
    "bpe": dict(kind="bpe"),
    "bpe-bytes": dict(kind="bpe", byte_fallback=True, vocab_size=500, character_coverage=0.98, user_defined_symbols=["<sep>", "hello"]),
    "bpe-suffix": dict(kind="bpe", treat_whitespace_as_suffix=True),
    "word": dict(kind="word", vocab_size=120),
    "char": dict(kind="char", vocab_size=120, user_defined_symbols=["hello"]),
}


def write():
    import base64

    lines = texts()
    made = []
    for name, tokenizer in pipelines():
        made.append(name)
        text = tokenizer.to_str()
        cases = [record(tokenizer.encode(line), tokenizer) for line in lines]
        pairs = [record_pair(tokenizer, one, two) for one, two in zip(lines[4:16], lines[40:52])]
        decoded = [
            tokenizer.decode(tokenizer.encode(line).ids, skip_special_tokens=index % 2 == 0)
            for index, line in enumerate(lines)
        ]
        save(f"subwords-{name}", dict(tokenizer=text, cases=cases, pairs=pairs, decoded=decoded))
    for name, options in SENTENCE_PIECE.items():
        model, _ = sentence_piece(**options)
        processor = sentencepiece.SentencePieceProcessor(model_proto=model)
        ids = [processor.encode(line) for line in lines]
        decoded = [processor.decode(one) for one in ids]
        save(f"sentencepiece-{name}", dict(model=base64.b64encode(model).decode(), ids=ids, decoded=decoded))
    save("subwords", dict(texts=lines, tokenizers=made, sentencepieces=list(SENTENCE_PIECE)))


def save(name, value):
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    (FIXTURES / f"{name}.json").write_text(text, encoding="utf-8")


def read_lines(path):
    return pathlib.Path(path).read_text(encoding="utf-8").split("\n")


def load(path):
    """A function from a text to ids."""
    if path.endswith(".model"):
        return sentencepiece.SentencePieceProcessor(model_file=path).encode
    tokenizer = Tokenizer.from_file(path)
    return lambda text: tokenizer.encode(text).ids


def train(folder, path, size):
    size = int(size)
    folder = pathlib.Path(folder)
    lines = read_lines(path)
    t = byte_level()
    t.train_from_iterator(lines, bpe_trainer(size, initial_alphabet=ALPHABET))
    t.save(str(folder / "bpe.json"))
    t = split_byte_level(QWEN2)
    t.train_from_iterator(lines, bpe_trainer(size, initial_alphabet=ALPHABET))
    t.save(str(folder / "qwen2.json"))
    t = bert()
    t.train_from_iterator(
        lines, trainers.WordPieceTrainer(vocab_size=size, special_tokens=SPECIAL, show_progress=False)
    )
    t.save(str(folder / "bert.json"))
    t = Tokenizer(models.Unigram())
    t.pre_tokenizer = pre_tokenizers.Metaspace()
    t.train_from_iterator(
        lines, trainers.UnigramTrainer(vocab_size=size, special_tokens=["<unk>"], unk_token="<unk>", show_progress=False)
    )
    # Few digits, since Hugging Face reads longer numbers with an error in the last, which decides between equals.
    data = json.loads(t.to_str())
    data["model"]["vocab"] = [[token, round(score, 4)] for token, score in data["model"]["vocab"]]
    (folder / "unigram.json").write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    for kind in ["unigram", "bpe"]:
        for fallback in [False, True]:
            name = f"sp-{kind}{'-bytes' if fallback else ''}.model"
            model, _ = sentence_piece(
                kind, lines, vocab_size=size, byte_fallback=fallback, character_coverage=0.995, max_sentence_length=100000
            )
            (folder / name).write_bytes(model)


def learn(kind, path, texts):
    if kind == "words":
        t = Tokenizer(models.WordLevel(unk_token="<unk>"))
        trainer = trainers.WordLevelTrainer(vocab_size=3000, special_tokens=["<unk>", "<s>"], show_progress=False)
    else:
        t = Tokenizer(models.BPE())
        options = dict(initial_alphabet=ALPHABET) if kind == "bpe" else {}
        trainer = bpe_trainer(6000, special_tokens=["<unk>", "<s>"], **options)
    t.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False) if kind == "bpe" else pre_tokenizers.Whitespace()
    t.train_from_iterator(read_lines(texts), trainer)
    t.save(path)


def main(command, *arguments):
    if command == "train":
        train(*arguments)
    elif command == "learn":
        learn(*arguments)
    elif command == "encode":
        lines = read_lines(arguments[0])
        encoders = [load(path) for path in arguments[1:]]
        print(json.dumps([[list(encode(line)) for line in lines] for encode in encoders]))
    elif command == "time":
        encode = load(arguments[0])
        lines = read_lines(arguments[1])
        start = time.perf_counter()
        for line in lines:
            encode(line)
        print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
