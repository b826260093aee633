"""Writes stems of words, as NLTK's Snowball stemmers find them, and HTML's entities as Python decodes them, for
the tests of MartletText's cleaning.

Run by hand, `python Tests/Reference/word_stems.py`, with nltk installed.
"""

import html
import json
import pathlib
import platform
from html.entities import name2codepoint

import nltk
from nltk.stem import PorterStemmer, SnowballStemmer

WORDS = {
    "english": """movies movie acting acted actor actress disappointing disappointed boring bored loving
loved loveliness happily happiness generously generalization relational conditional rational hopping hoping
skies dying news early only ponies ties caress cats agreed feed plastered bled motoring sing conflated
troubled sized falling hissing failing filing happy sky triplicate formative formalize electricity
hopeful goodness revival allowance inference airliner adjustable defensible irritant replacement adjustment
dependent adoption communism activate homologous effective bowdlerize rate cease controll roll knightly
terribly beautifully national nationally consistency knots provision succeed proceeding exceeded
university universe arguing argued absolutely brilliant ridiculous ridiculously wasted waste's""",
    "french": """continuellement majestueuse aimerions chambres propres déjeuner gentilles personnellement
rapidement heureusement finissions nationaux chevaux mangeaient extraordinaires qualité tristesse""",
    "german": """aufeinander häuser kategorischen wunderschönen zimmer freundlichkeit gegangen schlechteste
langweiligen enttäuschend großartige straßen kinder bücher möglichkeiten aufregung""",
    "spanish": """chicharrones torneados habitaciones limpias rápidamente personalmente desayunos amabilidad
películas aburridas maravillosamente cantando comiendo tristezas volveremos""",
    "russian": """гостиница номера чистые завтраки приветливый персоналом возвращаться прекрасного скучного
фильмы отвратительно хорошими""",
    "dutch": "lichamelijkheden opgingen kamers vriendelijkheid films geweldige teleurgesteld",
}
NUMBERS = ["&#%d;" % n for n in (9, 65, 128, 150, 159, 160, 0x4E00, 0x1F600, 0x10FFFD)]
NUMBERS += ["&#x41;", "&#X4e2d;", "&#x0041;", "&amp;lt;", "&&amp;", "a&lt;b&gt;c"]


def main():
    stems = {}
    for language, words in WORDS.items():
        stemmer = SnowballStemmer(language)
        stems[language] = {word: stemmer.stem(word) for word in words.split()}
    porter = PorterStemmer(mode=PorterStemmer.ORIGINAL_ALGORITHM)
    stems["porter"] = {word: porter.stem(word) for word in WORDS["english"].split()}
    names = [f"&{name};" for name in sorted(name2codepoint)] + ["&apos;"]
    result = {
        "program": f"nltk {nltk.__version__}, Python {platform.python_version()}",
        "stems": stems,
        "entities": {text: html.unescape(text) for text in names + NUMBERS},
    }
    fixtures = pathlib.Path(__file__).parents[1] / "MartletTextTests" / "Fixtures"
    with open(fixtures / "cleaning.json", "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
