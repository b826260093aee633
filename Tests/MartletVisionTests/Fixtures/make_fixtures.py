"""Makes the images beside this file: files of many kinds with what Pillow reads from them, and an image
with what Pillow and torchvision make of it. Expectations are PPM (colour) and PGM (grey).

    python make_fixtures.py

Needs Pillow, numpy, torch and torchvision.
"""

import pathlib
import struct
import zlib

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision.transforms import InterpolationMode as Mode
from torchvision.transforms.v2 import functional as F

HERE = pathlib.Path(__file__).parent
FILES = HERE / "files"
RESULTS = HERE / "results"


def scene(height, width):
    """Smooth colours, sharp edges and some noise, from formulas so that anyone gets the same."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    planes = [
        127 + 120 * np.sin(x / 5) * np.cos(y / 7),
        255 * x / width,
        np.where((x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2, 230, 25),
    ]
    noise = np.random.default_rng(7).normal(0, 6, (height, width, 3))
    return np.clip(np.stack(planes, axis=2) + noise, 0, 255).astype(np.uint8)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width, height, depth, colour, data, interlaced=False):
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b""))


def rows(pixels):
    """Rows of samples, each after filter type 0."""
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def files():
    pixels = scene(18, 25)
    colour = Image.fromarray(pixels)
    grey = colour.convert("L")
    alpha = colour.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(colour.size))
    palette = colour.quantize(23)

    def save(name, image, **options):
        image.save(FILES / name, **options)

    save("colour.jpg", colour, quality=90)
    save("progressive.jpg", colour, quality=90, progressive=True)
    save("full.jpg", colour, quality=95, subsampling=0)
    save("grey.jpg", grey, quality=90)
    save("cmyk.jpg", colour.convert("CMYK"), quality=90)
    save("colour.png", colour)
    save("grey.png", grey)
    save("alpha.png", alpha)
    save("grey-alpha.png", alpha.convert("LA"))
    save("palette.png", palette)
    save("palette-alpha.png", palette, transparency=3)
    save("bit.png", colour.convert("1"))
    save("colour.bmp", colour)
    save("palette.bmp", palette)
    save("bit.bmp", colour.convert("1"))
    save("lossy.webp", colour, quality=80)
    save("lossless.webp", alpha, lossless=True)
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        save(f"orientation-{orientation}.jpg", colour, quality=90, exif=exif)
    for kind, options in (("png", {}), ("webp", {"lossless": True})):
        exif = Image.Exif()
        exif[0x0112] = 6
        save(f"orientation-6.{kind}", colour, exif=exif, **options)

    deep = (pixels.astype(np.uint16) * 256 + 77).astype(">u2")
    (FILES / "deep.png").write_bytes(png(25, 18, 16, 2, rows(deep)))
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
              (1, 0, 2, 1)]
    adam7 = b"".join(rows(pixels[y::dy, x::dx]) for y, x, dy, dx in passes)
    (FILES / "interlaced.png").write_bytes(png(25, 18, 8, 2, adam7, interlaced=True))

    for path in sorted(FILES.iterdir()):
        image = ImageOps.exif_transpose(Image.open(path))
        if path.name == "deep.png":
            image = Image.fromarray(pixels)
        image.convert("RGB").save(RESULTS / f"{path.name}.ppm")
    Image.open(FILES / "colour.jpg").convert("L").save(RESULTS / "colour.jpg.pgm")


def transforms():
    pixels = scene(37, 53)
    source = Image.fromarray(pixels)
    source.save(RESULTS / "source.ppm")
    tensor = torch.from_numpy(pixels.transpose(2, 0, 1).copy())

    def save(name, result):
        if isinstance(result, torch.Tensor):
            result = Image.fromarray(result.numpy().transpose(1, 2, 0).copy())
        result.save(RESULTS / f"{name}.{'pgm' if result.mode == 'L' else 'ppm'}")

    filters = Image.Resampling
    for name in ("nearest", "box", "bilinear", "bicubic", "lanczos"):
        for height, width in ((16, 16), (11, 80), (90, 53), (1, 1)):
            resized = source.resize((width, height), filters[name.upper()])
            save(f"resize-{name}-{height}x{width}", resized)
    save("resize-grey-16x16", source.convert("L").resize((16, 16), filters.BILINEAR))
    save("resize-plain-16x16", F.resize(tensor, [16, 16], antialias=False))
    save("shorter-20", F.resize(source, [20]))
    save("center-20x60", F.center_crop(tensor, [20, 60]))
    for mode in ("constant", "edge", "reflect", "symmetric"):
        fill = [10, 20, 30] if mode == "constant" else None
        save(f"pad-{mode}", F.pad(tensor, [3, 5, 7, 2], fill=fill, padding_mode=mode))
    for name, mode in (("nearest", Mode.NEAREST), ("bilinear", Mode.BILINEAR)):
        save(f"rotate-{name}", F.rotate(tensor, 25, mode))
        save(f"rotate-expand-{name}", F.rotate(tensor, 25, mode, expand=True))
        save(f"affine-{name}", F.affine(tensor, 10, [3, -4], 1.2, [5, -7], mode))
    corners = [[0, 0], [53, 0], [53, 37], [0, 37]]
    moved = [[4, 3], [50, 1], [47, 33], [2, 36]]
    save("perspective", F.perspective(tensor, corners, moved, Mode.BILINEAR))
    # torchvision's own rotation of tensors knows no cubic; PyTorch's sampling does.
    y, x = torch.meshgrid(torch.arange(37) - 18.0, torch.arange(53) - 26.0, indexing="ij")
    turn = torch.deg2rad(torch.tensor(25.0))
    cos, sin = torch.cos(turn), torch.sin(turn)
    grid = torch.stack([(cos * x - sin * y) / 26.5, (sin * x + cos * y) / 18.5], dim=2)
    turned = torch.nn.functional.grid_sample(
        tensor[None].float(), grid[None], mode="bicubic", align_corners=False)
    save("rotate-bicubic", turned[0].round().clamp(0, 255).to(torch.uint8))
    for factor in (0.4, 1.6):
        save(f"brightness-{factor}", F.adjust_brightness(tensor, factor))
        save(f"contrast-{factor}", F.adjust_contrast(tensor, factor))
        save(f"saturation-{factor}", F.adjust_saturation(tensor, factor))
    for shift in (-0.3, 0.1):
        save(f"hue-{shift}", F.adjust_hue(tensor, shift))
    save("grayscale", F.rgb_to_grayscale(tensor, num_output_channels=3))
    save("blur", F.gaussian_blur(tensor, [5, 7], [1.3, 1.3]))


if __name__ == "__main__":
    for folder in (FILES, RESULTS):
        folder.mkdir(exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
    files()
    transforms()
