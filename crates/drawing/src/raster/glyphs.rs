//! Text as pixels: each glyph is painted once for its size and then copied. Not here: which text goes where.

use std::collections::BTreeMap;

use tiny_skia::{FillRule, Mask, Path, PathBuilder, Pixmap, Transform};
use ttf_parser::OutlineBuilder;

use crate::fonts::Face;
use crate::paint::theme::Rgb;
use crate::paint::{Anchor, TextStyle};

/// Horizontal positions between two pixels that a glyph is painted for.
const STEPS: f64 = 4.0;
/// Glyphs kept; more than a picture in one script needs at a few sizes.
const KEPT_MAX: usize = 8192;

/// Glyphs painted so far.
#[derive(Default)]
pub(super) struct Letters {
    /// By weight, font size in thousandths of a pixel, sign and position between pixels.
    kept: BTreeMap<(bool, u32, u16, u8), Letter>,
}

/// One glyph as coverage, 0 to 255 for each pixel.
#[derive(Default)]
struct Letter {
    /// Pixels from the pen's position to its left edge.
    left: i32,
    /// Pixels from the base line to its upper edge.
    top: i32,
    width: u32,
    coverage: Vec<u8>,
}

impl Letters {
    /// Draws a line of text whose anchor stands at `at`, in pixels.
    pub(super) fn draw(
        &mut self,
        pixels: &mut Pixmap,
        style: TextStyle,
        ink: Rgb,
        at: (f64, f64),
        scale: f64,
        words: &str,
    ) {
        let font = style.font();
        let face = Face::of(font.bold);
        let size = font.size * scale;
        let width = || face.width(words) * size / 1000.0;
        let begin = match style.anchor() {
            Anchor::Start => at.0,
            Anchor::Middle => at.0 - width() / 2.0,
            Anchor::End => at.0 - width(),
        };
        let base = at.1.round() as i32;
        for (distance, glyph) in face.set(words) {
            let x = begin + distance * size / 1000.0;
            let between = ((x - x.floor()) * STEPS) as u8;
            if self.kept.len() > KEPT_MAX {
                self.kept.clear();
            }
            let key = (font.bold, (size * 1000.0) as u32, glyph, between);
            let letter = self.kept.entry(key).or_insert_with(|| paint(face, glyph, size, between));
            copy(pixels, letter, ink, x.floor() as i32, base);
        }
    }
}

/// Paints a glyph.
fn paint(face: &Face, glyph: u16, size: f64, between: u8) -> Letter {
    let Some(outline) = outline(face, glyph) else { return Letter::default() };
    let unit = (size / face.em()) as f32;
    let shift = f32::from(between) / STEPS as f32;
    let bounds = outline.bounds();
    let left = (bounds.left() * unit + shift).floor();
    let top = (-bounds.bottom() * unit).floor();
    let width = ((bounds.right() * unit + shift).ceil() - left) as u32 + 1;
    let height = ((-bounds.top() * unit).ceil() - top) as u32 + 1;
    let Some(mut mask) = Mask::new(width, height) else { return Letter::default() };
    let place = Transform::from_row(unit, 0.0, 0.0, -unit, shift - left, -top);
    mask.fill_path(&outline, FillRule::Winding, true, place);
    Letter { left: left as i32, top: top as i32, width, coverage: mask.take() }
}

/// The outline of a glyph in font units, `y` upwards; `None` for a blank one.
fn outline(face: &Face, glyph: u16) -> Option<Path> {
    let mut pen = GlyphPen(PathBuilder::new());
    face.outline(glyph, &mut pen);
    pen.0.finish()
}

/// Lays ink over the page where the letter covers it. The page is opaque.
fn copy(pixels: &mut Pixmap, letter: &Letter, Rgb(ink): Rgb, x: i32, base: i32) {
    if letter.width == 0 {
        return;
    }
    let (page_width, page_height) = (i64::from(pixels.width()), i64::from(pixels.height()));
    let (left, top) = (i64::from(x) + i64::from(letter.left), i64::from(base) + i64::from(letter.top));
    let data = pixels.data_mut();
    for (row, line) in letter.coverage.chunks_exact(letter.width as usize).enumerate() {
        let y = top + row as i64;
        if y < 0 || y >= page_height {
            continue;
        }
        for (column, cover) in line.iter().enumerate() {
            let x = left + column as i64;
            if *cover == 0 || x < 0 || x >= page_width {
                continue;
            }
            let first = ((y * page_width + x) * 4) as usize;
            let Some(pixel) = data.get_mut(first..first + 3) else { continue };
            for (part, ink) in pixel.iter_mut().zip(ink) {
                let cover = u32::from(*cover);
                *part = ((u32::from(*part) * (255 - cover) + u32::from(ink) * cover + 127) / 255) as u8;
            }
        }
    }
}

/// A glyph's path that grows.
struct GlyphPen(PathBuilder);

impl OutlineBuilder for GlyphPen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}
