"""Writes texts in encodings as Python encodes them, for the tests of MartletText's TextDecoder.

Run by hand, `python Tests/Reference/encoded_texts.py`.
"""

import json
import pathlib
import platform

CHINESE = (
    "酒店的位置很好，房间也干净，就是早餐一般。服务员态度不错，下次来北京还会住这里。"
    "这本书的内容很丰富，孩子非常喜欢，推荐给大家。键盘手感一般，屏幕很好，价格也合适。"
)
TRADITIONAL = (
    "這間酒店環境和服務態度亦算不錯，但房間空間太小，不宜容納太大件行李。"
    "書的內容很豐富，孩子非常喜歡，推薦給大家。早餐一般，下次來臺北還會住這裡。"
)
JAPANESE = (
    "このホテルは駅から近くて便利でした。部屋はきれいで、スタッフも親切です。"
    "朝食は普通ですが、また泊まりたいと思います。映画はとても面白かった。"
)
KOREAN = (
    "호텔의 위치가 아주 좋고 방도 깨끗합니다. 아침 식사는 보통이지만 직원들이 친절했습니다. "
    "다음에도 여기에 묵고 싶습니다. 영화가 정말 재미있었어요."
)
RUSSIAN = (
    "Гостиница расположена очень удобно, номер был чистым. Завтрак обычный, но персонал "
    "приветливый. В следующий раз остановимся здесь снова."
)
FRENCH = (
    "L’hôtel est très bien situé et la chambre était propre. Le petit déjeuner n’était pas "
    "extraordinaire, mais le personnel a été très gentil ; à la prochaine fois. Ça coûte 20 €."
)
TEXTS = [
    ("UTF-8", "utf-8", CHINESE),
    ("UTF-16LE", "utf-16-le", CHINESE + "😀"),
    ("UTF-16BE", "utf-16-be", FRENCH + "😀"),
    ("UTF-32LE", "utf-32-le", KOREAN + "😀"),
    ("GB18030", "gb18030", CHINESE + "😀ä"),
    ("Big5", "big5", TRADITIONAL),
    ("Shift_JIS", "shift_jis", JAPANESE),
    ("EUC-JP", "euc_jp", JAPANESE),
    ("EUC-KR", "euc_kr", KOREAN),
    ("windows-1252", "cp1252", FRENCH),
    ("KOI8-R", "koi8_r", RUSSIAN),
    ("windows-1251", "cp1251", RUSSIAN),
]
# Bytes that cannot be decoded, and where Python says so.
WRONG = [
    ("UTF-8", "utf-8", b"ab\xff"),
    ("UTF-8", "utf-8", b"\xed\xa0\xbd\xed\xb8\x80"),
    ("UTF-8", "utf-8", "好".encode() + b"\xe5\xa5"),
    ("UTF-8", "utf-8", b"\xc0\x80"),
    ("UTF-8", "utf-8", b"abc\xf4\x90\x80\x80"),
    ("UTF-16LE", "utf-16-le", "ab".encode("utf-16-le") + b"\x3d\xd8" + "c".encode("utf-16-le")),
    ("UTF-16LE", "utf-16-le", "ab".encode("utf-16-le") + b"\x00\xdc"),
    ("UTF-16BE", "utf-16-be", "ab".encode("utf-16-be") + b"\xd8\x3d"),
    ("UTF-16LE", "utf-16-le", b"a\x00b"),
    ("GB18030", "gb18030", "好".encode("gb18030") + b"\xff" + b"ab"),
    ("Big5", "big5", "書".encode("big5") + b"\xa4"),
    ("EUC-KR", "euc_kr", "호텔".encode("euc_kr") + b"\xff"),
]


def position(codec, data):
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        return error.start
    raise ValueError(f"{data!r} is {codec}")


def main():
    result = {
        "program": f"Python {platform.python_version()}",
        "texts": [
            {"encoding": name, "bytes": text.encode(codec).hex(), "text": text}
            for name, codec, text in TEXTS
        ],
        "wrong": [
            {"encoding": name, "bytes": data.hex(), "place": position(codec, data)}
            for name, codec, data in WRONG
        ],
    }
    fixtures = pathlib.Path(__file__).parents[1] / "MartletTextTests" / "Fixtures"
    with open(fixtures / "encodings.json", "w", encoding="utf-8") as file:
        json.dump(result, file, ensure_ascii=False, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
