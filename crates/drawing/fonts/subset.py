#!/usr/bin/env python3
"""Makes the fonts of this folder from Roboto (Debian package fonts-roboto-unhinted) with fontTools 4.

usage: subset.py FOLDER_OF_ROBOTO_TTF

Kept: Latin, Greek and Cyrillic with their punctuation; outlines without hints, kerning or other features.
Added: arrows, the warning sign and check marks, which the pictures use and Roboto lacks.
"""
import io
import sys

from fontTools import subset
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

RANGES = [
    (0x20, 0x7E), (0xA0, 0x17F), (0x192, 0x192), (0x218, 0x21B), (0x2C6, 0x2DD), (0x370, 0x3FF), (0x400, 0x45F),
    (0x490, 0x491), (0x1E80, 0x1E85), (0x1EF2, 0x1EF3), (0x2010, 0x2027), (0x2030, 0x2033), (0x2039, 0x203A),
    (0x2044, 0x2044), (0x20AC, 0x20AC), (0x2116, 0x2116), (0x2122, 0x2122), (0x2212, 0x2212), (0x2248, 0x2248),
    (0x2260, 0x2260), (0x2264, 0x2265), (0xFFFD, 0xFFFD),
]


def polygons(bold):
    """Signs as lists of polygons on a grid of 1000 to the em, with their advance."""
    t = 65 if bold else 45  # half a stroke

    def turn(shape, way):
        def one(x, y):
            x, y = x - 500, y - 340
            x, y = [(x, y), (-y, x), (-x, -y), (y, -x)][way]
            return x + 500, y + 340
        return [one(x, y) for x, y in shape]

    arrow = [(90, 340 - t), (690, 340 - t), (520, 340 - t - 150), (520 + t, 340 - 2 * t - 150), (910, 340),
             (520 + t, 340 + 2 * t + 150), (520, 340 + t + 150), (690, 340 + t), (90, 340 + t)]
    both = [(90, 340), (380 - t, 340 - 2 * t - 150), (380, 340 - t - 150), (280, 340 - t), (720, 340 - t),
            (620, 340 - t - 150), (620 + t, 340 - 2 * t - 150), (910, 340), (620 + t, 340 + 2 * t + 150),
            (620, 340 + t + 150), (720, 340 + t), (280, 340 + t), (380, 340 + t + 150), (380 - t, 340 + 2 * t + 150)]
    w = 42  # the warning sign fills up when it is bold
    signs = {
        0x2192: [arrow], 0x2191: [turn(arrow, 1)], 0x2190: [turn(arrow, 2)], 0x2193: [turn(arrow, 3)],
        0x2194: [both],
        # An outlined triangle with an exclamation mark.
        0x26A0: [
            [(40, -20), (500, 760), (960, -20)],
            [(500, 760 - 4 * w), (40 + 4 * w - 5, -20 + 2 * w), (960 - 4 * w + 5, -20 + 2 * w)],
            [(500 - w, 470), (500 + w, 470), (500 + w * 0.7, 230), (500 - w * 0.7, 230)],
            [(500 - w, 110), (500 - w, 110 + 2 * w - 10), (500 + w, 110 + 2 * w - 10), (500 + w, 110)],
        ],
        0x2713: [[(120, 320), (120 + 2 * t, 320 + 1.4 * t), (370, 180), (820 - t, 700), (820 + t, 640), (380, 0)]],
        0x2717: [[(180, 60), (180 - 1.4 * t + t, 60 + 1.4 * t), (430, 340), (180, 620), (180 + 1.4 * t, 620 + 1.4 * t),
                  (500, 420), (820 - 1.4 * t, 620 + 1.4 * t), (820, 620), (570, 340), (820, 60),
                  (820 - 1.4 * t, 60 - 1.4 * t), (500, 260), (180 + 1.4 * t, 60 - 1.4 * t)]],
    }
    return signs


def make(source, target, bold):
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14]
    options.drop_tables += ["GPOS", "GSUB", "GDEF", "kern", "DSIG", "gasp", "LTSH", "VDMX", "hdmx", "FFTM"]
    font = subset.load_font(source, options)
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    chosen.subset(font)
    buffer = io.BytesIO()
    font.save(buffer)
    font = TTFont(io.BytesIO(buffer.getvalue()))
    em = font["head"].unitsPerEm
    order, glyphs = font.getGlyphOrder(), font["glyf"]
    for code, shapes in sorted(polygons(bold).items()):
        pen = TTGlyphPen(None)
        for shape in shapes:
            points = [(round(x * em / 1000), round(y * em / 1000)) for x, y in shape]
            pen.moveTo(points[0])
            for point in points[1:]:
                pen.lineTo(point)
            pen.closePath()
        name = f"uni{code:04X}"
        if name not in order:
            order.append(name)
        glyphs[name] = pen.glyph()
        font["hmtx"][name] = (em, min(x for x, _ in [(round(x * em / 1000), 0) for s in shapes for x, _ in s]))
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name
    font.setGlyphOrder(order)
    font.save(target)


if __name__ == "__main__":
    make(f"{sys.argv[1]}/Roboto-Regular.ttf", "pictures-regular.ttf", False)
    make(f"{sys.argv[1]}/Roboto-Bold.ttf", "pictures-bold.ttf", True)
