"""Networks that classify texts; sequences are packed where their lengths differ."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from common import Family

VOCABULARY = 7
END = 3  # of a sentence
IDS = [[4, 1, 3, 5, 6], [2, 3, 0, 0, 0], [6, 0, 0, 0, 0]]
LENGTHS = [5, 2, 1]


class Attention(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.projection = nn.Linear(size, size)
        self.query = nn.Linear(size, 1, bias=False)

    def forward(self, x, valid):
        scores = self.query(self.projection(x).tanh()).squeeze(2)
        weights = scores.masked_fill(~valid, -torch.inf).softmax(1)
        return (weights.unsqueeze(2) * x).sum(1)


def valid_steps(lengths, steps):
    return torch.arange(steps) < lengths.unsqueeze(1)


def run_packed(rnn, x, lengths):
    packed = pack_padded_sequence(x, lengths, True, enforce_sorted=False)
    y, last = rnn(packed)
    y = pad_packed_sequence(y, True, total_length=x.shape[1])[0]
    return y, last[0] if isinstance(last, tuple) else last


def greatest(x, valid):
    return x.masked_fill(~valid.unsqueeze(2), -torch.inf).amax(1)


def mean(x, valid):
    return (x * valid.unsqueeze(2)).sum(1) / valid.sum(1, keepdim=True)


class Recurrent(nn.Module):
    def __init__(self, cell, pooling, layers, both):
        super().__init__()
        self.pooling, self.directions = pooling, 2 if both else 1
        width = 2 * self.directions
        self.embedding = nn.Embedding(VOCABULARY, 3, padding_idx=0)
        make = nn.LSTM if cell == "lstm" else nn.GRU
        self.rnn = make(3, 2, layers, batch_first=True, bidirectional=both)
        self.attention = Attention(width) if pooling == "attention" else None
        self.fc = nn.Linear(width, 2)

    def forward(self, ids, lengths):
        valid = valid_steps(lengths, ids.shape[1])
        y, h = run_packed(self.rnn, self.embedding(ids), lengths)
        if self.pooling == "last":
            pooled = torch.cat(list(h[-self.directions :]), 1)
        elif self.pooling == "mean":
            pooled = mean(y, valid)
        elif self.pooling == "max":
            pooled = greatest(y, valid)
        else:
            pooled = self.attention(y, valid)
        return self.fc(pooled)


class CNN(nn.Module):
    """Each text by itself, continued with zeros where it is shorter than a filter."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 3, padding_idx=0)
        self.convs = nn.ModuleList(nn.Linear(k * 3, 2) for k in (2, 4))
        self.fc = nn.Linear(4, 2)

    def forward(self, ids, lengths):
        rows = []
        for row, length in zip(self.embedding(ids), lengths.tolist()):
            pooled = []
            for k, conv in zip((2, 4), self.convs):
                x = F.pad(row[:length], (0, 0, 0, max(0, k - length)))
                y = F.conv1d(
                    x.T.unsqueeze(0),
                    conv.weight.reshape(2, k, 3).transpose(1, 2),
                    conv.bias,
                )
                pooled.append(y.relu().amax(2))
            rows.append(torch.cat(pooled, 1))
        return self.fc(torch.cat(rows))


class FastText(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 3, padding_idx=0)
        self.fc = nn.Linear(3, 2)

    def forward(self, ids, lengths):
        return self.fc(mean(self.embedding(ids), valid_steps(lengths, ids.shape[1])))


class RCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 3, padding_idx=0)
        self.rnn = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
        self.projection = nn.Linear(7, 3)
        self.fc = nn.Linear(3, 2)

    def forward(self, ids, lengths):
        x = self.embedding(ids)
        y, _ = run_packed(self.rnn, x, lengths)
        words = torch.cat([y[..., :2], x, y[..., 2:]], 2)
        return self.fc(greatest(self.projection(words).tanh(), valid_steps(lengths, ids.shape[1])))


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 4, padding_idx=0)
        layers = [
            nn.TransformerEncoderLayer(4, 2, 5, 0.0, batch_first=True, norm_first=True)
            for _ in range(2)
        ]
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList(layers)
        self.encoder.norm = nn.LayerNorm(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, ids, lengths):
        valid = valid_steps(lengths, ids.shape[1])
        rates = 10000.0 ** (-torch.arange(0, 4, 2) / 4)
        angles = torch.arange(ids.shape[1]).unsqueeze(1) * rates
        waves = torch.stack([angles.sin(), angles.cos()], 2).flatten(1)
        x = self.embedding(ids) + waves
        for layer in self.encoder.layers:
            x = layer(x, src_key_padding_mask=~valid)
        return self.fc(mean(self.encoder.norm(x), valid))


class Hierarchical(nn.Module):
    """Sentence by sentence and text by text."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 3, padding_idx=0)
        self.words = nn.GRU(3, 2, batch_first=True, bidirectional=True)
        self.word_attention = Attention(4)
        self.sentences = nn.GRU(4, 2, batch_first=True, bidirectional=True)
        self.sentence_attention = Attention(4)
        self.fc = nn.Linear(4, 2)

    def forward(self, ids, lengths):
        rows = []
        for row, length in zip(ids.tolist(), lengths.tolist()):
            sentences, current = [], []
            for word in row[:length]:
                current.append(word)
                if word == END:
                    sentences.append(current)
                    current = []
            if current:
                sentences.append(current)
            read = []
            for sentence in sentences:
                y, _ = self.words(self.embedding(torch.tensor([sentence])))
                read.append(self.word_attention(y, torch.ones(y.shape[:2], dtype=torch.bool)))
            y, _ = self.sentences(torch.stack(read, 1))
            rows.append(self.sentence_attention(y, torch.ones(y.shape[:2], dtype=torch.bool)))
        return self.fc(torch.cat(rows))


def networks():
    f = Family("MartletText", "textModels")

    def case(kind, title, module, **arguments):
        """Inputs are the parameters; the output is the scores."""
        for p in module.parameters():
            p.data = f.uniform(*p.shape, low=-0.8, high=0.8)
        names = [k for k, _ in module.named_parameters()]
        ids, lengths = torch.tensor(IDS), torch.tensor(LENGTHS)

        def run(*parameters):
            state = dict(zip(names, parameters))
            return torch.func.functional_call(module, state, (ids, lengths))

        f.case(
            kind,
            title,
            run,
            *(p.data for p in module.parameters()),
            parameters=names,
            ids=IDS,
            lengths=LENGTHS,
            **arguments,
        )

    for cell in ("lstm", "gru"):
        for pooling in ("last", "mean", "max", "attention"):
            layers, both = (2, True) if pooling in ("last", "max") else (1, pooling == "mean")
            case(
                "recurrent",
                f"{cell}, {pooling}",
                Recurrent(cell, pooling, layers, both),
                cell=cell,
                pooling=pooling,
                layers=layers,
                both=both,
            )
    case("cnn", "texts shorter than a filter", CNN())
    case("fastText", "means", FastText())
    case("rcnn", "between contexts", RCNN())
    case("transformerClassifier", "two layers", Transformer())
    case("hierarchical", "sentences of words", Hierarchical())
    f.write()


def write():
    networks()
