//! The embedded font: which glyph shows a character, how wide it is, its outline, and the file itself for PDF.
//!
//! A subset of Roboto (see `fonts/README.md`): Latin, Greek, Cyrillic, punctuation and a few signs. Not here: measuring
//! and shortening text (`text`), painting (`raster`, `pdf`).

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ttf_parser::{GlyphId, OutlineBuilder};

static REGULAR: &[u8] = include_bytes!("../fonts/pictures-regular.ttf");
static BOLD: &[u8] = include_bytes!("../fonts/pictures-bold.ttf");

static FACES: LazyLock<[Face; 2]> =
    LazyLock::new(|| [Face::read("Roboto", REGULAR), Face::read("Roboto-Bold", BOLD)]);

/// One weight of the font.
pub(crate) struct Face {
    /// PostScript name.
    pub(crate) name: &'static str,
    /// The TrueType file.
    pub(crate) file: &'static [u8],
    face: Option<ttf_parser::Face<'static>>,
    /// Glyph and advance of each character, the latter in font units.
    glyphs: BTreeMap<char, (u16, u16)>,
}

impl Face {
    /// The regular or the bold one.
    pub(crate) fn of(bold: bool) -> &'static Face {
        let [regular, heavy] = &*FACES;
        if bold { heavy } else { regular }
    }

    fn read(name: &'static str, file: &'static [u8]) -> Face {
        let face = ttf_parser::Face::parse(file, 0).ok();
        let mut glyphs = BTreeMap::new();
        let subtables = face.iter().flat_map(|face| face.tables().cmap).flat_map(|table| table.subtables);
        for subtable in subtables.filter(ttf_parser::cmap::Subtable::is_unicode) {
            subtable.codepoints(|code| {
                let (Some(sign), Some(glyph)) = (char::from_u32(code), subtable.glyph_index(code)) else {
                    return;
                };
                let advance = face.as_ref().and_then(|face| face.glyph_hor_advance(glyph)).unwrap_or(0);
                glyphs.insert(sign, (glyph.0, advance));
            });
        }
        Face { name, file, face, glyphs }
    }

    /// Font units per font size.
    pub(crate) fn em(&self) -> f64 {
        self.face.as_ref().map_or(1000.0, |face| f64::from(face.units_per_em()))
    }

    /// Height above and depth below the base line, in font units; the depth is negative.
    pub(crate) fn extent(&self) -> (f64, f64) {
        self.face
            .as_ref()
            .map_or((0.0, 0.0), |face| (f64::from(face.ascender()), f64::from(face.descender())))
    }

    /// The box that holds every glyph, in font units: left, bottom, right, top.
    pub(crate) fn bounds(&self) -> [f64; 4] {
        let bounds = self.face.as_ref().map(ttf_parser::Face::global_bounding_box);
        bounds.map_or([0.0; 4], |b| [b.x_min, b.y_min, b.x_max, b.y_max].map(f64::from))
    }

    /// How many glyphs there are.
    pub(crate) fn glyph_count(&self) -> u16 {
        self.face.as_ref().map_or(0, ttf_parser::Face::number_of_glyphs)
    }

    /// Advance of a glyph in thousandths of the font size, not rounded.
    pub(crate) fn glyph_advance(&self, glyph: u16) -> f64 {
        let advance = self.face.as_ref().and_then(|face| face.glyph_hor_advance(GlyphId(glyph)));
        f64::from(advance.unwrap_or(0)) * 1000.0 / self.em()
    }

    /// Characters with their glyphs.
    pub(crate) fn characters(&self) -> impl Iterator<Item = (char, u16)> {
        self.glyphs.iter().map(|(sign, (glyph, _))| (*sign, *glyph))
    }

    /// Advance of a character in thousandths of the font size, rounded up; `None` when the font lacks it.
    pub(crate) fn advance(&self, sign: char) -> Option<u16> {
        let (_, advance) = self.glyphs.get(&sign)?;
        Some((f64::from(*advance) * 1000.0 / self.em()).ceil() as u16)
    }

    /// The glyphs of a text with their distances from its beginning in thousandths of the font size. What the font lacks
    /// is [`MISSING`], an empty box; signs that only change the one before them and have no glyph are left out.
    pub(crate) fn set<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (f64, u16)> + 'a {
        let mut x = 0.0;
        self.signs(text).map(move |glyph| {
            let own = x;
            x += self.glyph_advance(glyph);
            (own, glyph)
        })
    }

    /// Width of a text as it is drawn, in thousandths of the font size.
    pub(crate) fn width(&self, text: &str) -> f64 {
        self.signs(text).map(|glyph| self.glyph_advance(glyph)).sum()
    }

    fn signs<'a>(&'a self, text: &'a str) -> impl Iterator<Item = u16> + 'a {
        text.chars().filter_map(|sign| match self.glyphs.get(&sign) {
            Some((glyph, _)) => Some(*glyph),
            None if is_joined(sign) => None,
            None => Some(MISSING),
        })
    }

    /// Draws a glyph's outline, in font units with `y` upwards; nothing for a blank one.
    pub(crate) fn outline(&self, glyph: u16, pen: &mut dyn OutlineBuilder) {
        if let Some(face) = &self.face {
            let _ = face.outline_glyph(GlyphId(glyph), pen);
        }
    }
}

/// The glyph of characters that the font lacks: an empty box.
pub(crate) const MISSING: u16 = 0;

/// Marks that stand on the character before them, and joiners: measured as 0 wide.
fn is_joined(sign: char) -> bool {
    matches!(sign as u32, 0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_what_people_write_in_europe() {
        let wanted = "Straße Łódź São Ångström Ελλάδα Київ Москва “quoted” – €5 · 7 → 8 ← ↑ ↓ ⚠ ✓ ✗ … №";
        for bold in [false, true] {
            let face = Face::of(bold);
            assert!(face.set(wanted).all(|(_, glyph)| glyph != MISSING), "{}", face.name);
            assert!(face.glyph_count() > 500 && face.em() == 2048.0);
        }
    }

    #[test]
    fn what_the_font_lacks_is_a_box_and_never_nothing() {
        let face = Face::of(false);
        let glyphs: Vec<u16> = face.set("\u{6f22}A\u{1f600}").map(|(_, glyph)| glyph).collect();
        assert!(matches!(glyphs[..], [MISSING, letter, MISSING] if letter != MISSING));
        assert!(face.width("\u{6f22}") > 300.0);
        let mut drawn = Lines(0);
        face.outline(MISSING, &mut drawn);
        assert!(drawn.0 >= 8, "an outer and an inner edge");
    }

    struct Lines(u32);

    impl OutlineBuilder for Lines {
        fn move_to(&mut self, _: f32, _: f32) {
            self.0 += 1;
        }
        fn line_to(&mut self, _: f32, _: f32) {
            self.0 += 1;
        }
        fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
            self.0 += 1;
        }
        fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
            self.0 += 1;
        }
        fn close(&mut self) {}
    }
}
