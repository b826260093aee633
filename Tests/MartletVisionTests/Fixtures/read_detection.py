"""Reads data sets for object detection as other programs do: Pascal VOC's files with xml.etree, COCO's with pycocotools,
YOLO's line by line.

read_detection.py FOLDER: prints one line of JSON for each image, {"part", "name", "width", "height", "objects": [[class, left,
top, width, height, difficult or crowd], ...]}. Images are PNG files.
"""

import contextlib
import io
import json
import pathlib
import struct
import sys
from xml.etree import ElementTree

from pycocotools.coco import COCO


def png_size(path):
    return struct.unpack(">II", path.read_bytes()[16:24])


def voc(root):
    for part in sorted((root / "ImageSets/Main").glob("*.txt")):
        for stem in part.read_text().splitlines():
            tree = ElementTree.parse(root / f"Annotations/{stem}.xml").getroot()
            name = tree.findtext("filename")
            size = tuple(int(tree.findtext(f"size/{side}")) for side in ("width", "height"))
            assert size == png_size(root / "JPEGImages" / name)
            objects = []
            for item in tree.findall("object"):
                left, top, right, bottom = (
                    float(item.findtext(f"bndbox/{side}")) for side in ("xmin", "ymin", "xmax", "ymax")
                )
                box = [left - 1, top - 1, right - left + 1, bottom - top + 1]
                objects.append([item.findtext("name"), *box, int(item.findtext("difficult"))])
            yield part.stem, name, size, objects


def coco(root):
    for file in sorted((root / "annotations").glob("instances_*.json")):
        part = file.stem.removeprefix("instances_")
        with contextlib.redirect_stdout(io.StringIO()):
            data = COCO(file)
        for image in data.loadImgs(data.getImgIds()):
            size = (image["width"], image["height"])
            assert size == png_size(root / "images" / part / image["file_name"])
            objects = [
                [data.cats[item["category_id"]]["name"], *item["bbox"], item["iscrowd"]]
                for item in data.loadAnns(data.getAnnIds(imgIds=[image["id"]]))
            ]
            yield part, image["file_name"], size, objects


def yolo(root):
    parts, names = {}, []
    for line in (root / "data.yaml").read_text().splitlines():
        key, value = line.split(": ", 1) if ": " in line else (line.rstrip(":"), "")
        if line.startswith("  "):
            assert int(key) == len(names)
            names.append(json.loads(value))
        elif key != "names":
            parts[key] = root / value
    for part, folder in parts.items():
        for image in sorted(folder.iterdir()):
            width, height = png_size(image)
            labels = root / "labels" / part / (image.stem + ".txt")
            objects = []
            for line in labels.read_text().splitlines():
                number, *box = line.split()
                x, y, across, down = map(float, box)
                assert 0 <= x <= 1 and 0 <= y <= 1 and 0 < across <= 1 and 0 < down <= 1
                corner = [(x - across / 2) * width, (y - down / 2) * height]
                objects.append([names[int(number)], *corner, across * width, down * height, 0])
            yield part, image.name, (width, height), objects


def main():
    root = pathlib.Path(sys.argv[1])
    if (root / "Annotations").exists():
        read = voc
    elif (root / "annotations").exists():
        read = coco
    else:
        read = yolo
    for part, name, (width, height), objects in read(root):
        entry = {"part": part, "name": name, "width": width, "height": height, "objects": objects}
        print(json.dumps(entry))


if __name__ == "__main__":
    main()
