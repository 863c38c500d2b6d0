//! The display list as pixels: PNG. Not here: places, colours, which marks there are.
//!
//! Memory is bounded: a picture with more than [`PIXELS_MAX`] pixels is made smaller, and refused when it would have to be
//! smaller than anyone can read.

mod glyphs;
mod png;

use tiny_skia::{FillRule, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Stroke, StrokeDash, Transform};

use crate::error::DrawError;
use crate::layout::place;
use crate::options::Theme;
use crate::paint::theme::{Palette, Rgb};
use crate::paint::{Mark, Painting, Part, Style, paint, path};
use crate::scene::Scene;

/// Pixels of a picture at most: 40 million, 160 MB while it is drawn.
pub const PIXELS_MAX: f64 = 40e6;
/// Pixels on one side at most; more is beyond what viewers open.
const SIDE_MAX: f64 = 32_000.0;
/// The smallest scale at which something can still be seen.
const SCALE_MIN: f64 = 0.2;
/// The largest scale that is honoured.
const SCALE_MAX: f64 = 8.0;

/// The scene as a PNG file, `scale` pixels for each unit of the drawing, or fewer when it would be too large.
pub(crate) fn render(scene: &Scene, scale: f64) -> Result<Vec<u8>, DrawError> {
    let layout = place(scene);
    let painting = paint(scene, &layout);
    let scale = fitting(painting.width, painting.height, scale)?;
    let pixels = draw(&painting, scale)?;
    Ok(png::encode(&pixels, scale))
}

/// The scale nearest to the wanted one at which the picture is not too large.
fn fitting(width: f64, height: f64, wanted: f64) -> Result<f64, DrawError> {
    let wanted = if wanted.is_finite() { wanted.clamp(SCALE_MIN, SCALE_MAX) } else { 1.0 };
    let by_area = (PIXELS_MAX / (width * height)).sqrt();
    let scale = wanted.min(by_area).min(SIDE_MAX / width.max(height));
    if scale < SCALE_MIN { Err(DrawError::TooLarge { width, height }) } else { Ok(scale) }
}

fn draw(painting: &Painting<'_>, scale: f64) -> Result<Pixmap, DrawError> {
    let side = |length: f64| ((length * scale).floor() as u32).max(1);
    let too_large = DrawError::TooLarge { width: painting.width, height: painting.height };
    let pixels = Pixmap::new(side(painting.width), side(painting.height)).ok_or(too_large)?;
    let theme = painting.scene.theme;
    let mut canvas = Canvas {
        pixels,
        theme,
        scale,
        origin: (0.0, 0.0),
        dimmed: false,
        letters: glyphs::Letters::default(),
    };
    canvas.pixels.fill(colour(Rgb::read(Palette::of(theme).page), 1.0));
    let mut origins: Vec<(f64, f64)> = Vec::new();
    for mark in &painting.marks {
        match mark {
            Mark::Open(part) => {
                origins.push(canvas.origin);
                if let Part::Drawing { x, y } | Part::Key { x, y } = part {
                    canvas.origin = (canvas.origin.0 + x, canvas.origin.1 + y);
                }
            }
            Mark::Close => canvas.origin = origins.pop().unwrap_or_default(),
            Mark::Dim(dimmed) => canvas.dimmed = *dimmed,
            Mark::Text { style, x, y, words } => {
                let ink = Rgb::read(style.colour(theme));
                let ink = if canvas.dimmed { ink.dimmed(theme) } else { ink };
                let at = ((canvas.origin.0 + x) * scale, (canvas.origin.1 + y) * scale);
                canvas.letters.draw(&mut canvas.pixels, *style, ink, at, scale, words);
            }
            shape => canvas.shape(shape),
        }
    }
    Ok(canvas.pixels)
}

struct Canvas {
    pixels: Pixmap,
    theme: Theme,
    scale: f64,
    origin: (f64, f64),
    /// What is painted is dimmed.
    dimmed: bool,
    letters: glyphs::Letters,
}

impl Canvas {
    fn shape(&mut self, mark: &Mark<'_>) {
        let mut pen = Outline(PathBuilder::new());
        let Some(style) = path::style(mark) else { return };
        path::mark(&mut pen, mark);
        let Some(outline) = pen.0.finish() else { return };
        self.fill_and_stroke(&outline, style);
    }

    fn fill_and_stroke(&mut self, outline: &tiny_skia::Path, style: Style) {
        let look = style.look(self.theme);
        let look = if self.dimmed { look.dimmed(self.theme) } else { look };
        let scale = self.scale as f32;
        let (x, y) = (self.origin.0 as f32 * scale, self.origin.1 as f32 * scale);
        let at = Transform::from_row(scale, 0.0, 0.0, scale, x, y);
        if let Some((rgb, opacity)) = look.fill.filter(|(_, opacity)| *opacity > 0.0) {
            let mut paint = Paint::default();
            paint.set_color(colour(rgb, opacity));
            self.pixels.fill_path(outline, &paint, FillRule::Winding, at, None);
        }
        if let Some((rgb, width)) = look.stroke {
            let mut paint = Paint::default();
            paint.set_color(colour(rgb, 1.0));
            let stroke = Stroke {
                width: width as f32,
                line_cap: if look.round { LineCap::Round } else { LineCap::Butt },
                line_join: if look.round { LineJoin::Round } else { LineJoin::Miter },
                dash: if look.dashed { StrokeDash::new(vec![4.0, 3.0], 0.0) } else { None },
                ..Stroke::default()
            };
            self.pixels.stroke_path(outline, &paint, &stroke, at, None);
        }
    }
}

fn colour(Rgb([red, green, blue]): Rgb, opacity: f64) -> tiny_skia::Color {
    tiny_skia::Color::from_rgba8(red, green, blue, (opacity * 255.0).round() as u8)
}

/// A path that grows.
struct Outline(PathBuilder);

impl path::Pen for Outline {
    fn move_to(&mut self, x: f64, y: f64) {
        self.0.move_to(x as f32, y as f32);
    }

    fn line_to(&mut self, x: f64, y: f64) {
        self.0.line_to(x as f32, y as f32);
    }

    fn curve_to(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, x: f64, y: f64) {
        self.0.cubic_to(x1 as f32, y1 as f32, x2 as f32, y2 as f32, x as f32, y as f32);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_picture_is_made_smaller_and_a_huge_one_refused() {
        assert_eq!(fitting(1000.0, 1000.0, 2.0), Ok(2.0));
        assert_eq!(fitting(1000.0, 1000.0, 1e9), Ok(40e6_f64.sqrt() / 1000.0));
        assert_eq!(fitting(100.0, 100.0, f64::NAN), Ok(1.0));
        let scale = fitting(4000.0, 50_000.0, 1.0).unwrap();
        assert!(scale < 0.5 && 4000.0 * 50_000.0 * scale * scale <= PIXELS_MAX * 1.000_001);
        let error = fitting(4000.0, 500_000.0, 1.0).unwrap_err();
        assert_eq!(error.code(), "DR1001");
        assert!(error.to_string().contains("4000 by 500000"), "{error}");
    }
}
