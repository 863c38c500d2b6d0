//! Marks as the operators of a PDF page, and the page's size. Not here: the file around it.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Name, Str, TextStr};

use super::{Link, PageSize, Target, font};
use crate::fonts::{Face, MISSING};
use crate::layout::{Layout, Rect};
use crate::options::Theme;
use crate::paint::theme::{Palette, Rgb};
use crate::paint::{Anchor, Mark, Painting, Part, Style, TextStyle, path};
use crate::scene::{Scene, Shape};

/// Points for each unit of the drawing: 72 to the inch against 96.
const POINTS: f64 = 0.75;
/// Longest side of a page that viewers accept, in points.
const SIDE_MAX: f64 = 14_400.0;
/// Rim of a page of a fixed size, in points.
const RIM: f64 = 18.0;
/// A4 upright, in points.
pub(super) const A4: (f64, f64) = (595.28, 841.89);

/// A page and where the drawing stands on it.
pub(super) struct Sheet {
    /// Points.
    pub(super) width: f64,
    /// Points.
    pub(super) height: f64,
    scale: f64,
    left: f64,
    top: f64,
}

impl Sheet {
    /// The page for a picture of a size in units of the drawing.
    pub(super) fn for_picture(size: PageSize, width: f64, height: f64) -> Sheet {
        let (short, long) = match size {
            PageSize::Picture => {
                let scale = POINTS.min(SIDE_MAX / width).min(SIDE_MAX / height);
                return Sheet { width: width * scale, height: height * scale, scale, left: 0.0, top: 0.0 };
            }
            PageSize::A4 => A4,
            PageSize::A3 => (A4.1, A4.0 * 2.0),
        };
        let (page_width, page_height) = if width > height { (long, short) } else { (short, long) };
        let room = (page_width - 2.0 * RIM, page_height - 2.0 * RIM);
        let scale = POINTS.min(room.0 / width).min(room.1 / height);
        Sheet {
            width: page_width,
            height: page_height,
            scale,
            left: (page_width - width * scale) / 2.0,
            top: RIM,
        }
    }

    /// An upright A4 page whose drawing fills it.
    pub(super) fn upright() -> Sheet {
        Sheet { width: A4.0, height: A4.1, scale: POINTS, left: 0.0, top: 0.0 }
    }

    /// A point of the drawing on the page, whose origin is at the lower left.
    pub(super) fn point(&self, x: f64, y: f64) -> (f32, f32) {
        ((self.left + x * self.scale) as f32, (self.height - self.top - y * self.scale) as f32)
    }
}

/// Where chips lead, and the title when there is an index to go back to.
pub(super) fn links(
    scene: &Scene,
    layout: &Layout,
    painting: &Painting<'_>,
    back: Option<pdf_writer::Ref>,
) -> Vec<Link> {
    let origin = painting.marks.iter().find_map(|mark| match mark {
        Mark::Open(Part::Drawing { x, y }) => Some((*x, *y)),
        _ => None,
    });
    let (x, y) = origin.unwrap_or_default();
    let mut links: Vec<Link> = scene
        .nodes
        .iter()
        .zip(&layout.boxes)
        .filter_map(|(node, placed)| {
            let Shape::Link { target, .. } = node.shape else { return None };
            let to = layout.boxes.get(target)?.rect;
            let from = Rect { x: placed.rect.x + x, y: placed.rect.y + y, ..placed.rect };
            Some(Link { from, to: Target::Here((to.x + x - 20.0).max(0.0), (to.y + y - 20.0).max(0.0)) })
        })
        .collect();
    if let Some(index) = back {
        let head = Rect { x, y: 0.0, width: painting.width - 2.0 * x, height: (y - 10.0).max(20.0) };
        links.push(Link { from: head, to: Target::Page(index) });
    }
    links
}

/// The content stream of a page: its ground and the marks.
pub(super) fn content(marks: &[Mark<'_>], theme: Theme, sheet: &Sheet) -> Vec<u8> {
    let palette = Palette::of(theme);
    let mut out = Content::with_capacity(1024 + marks.len() * 90);
    fill(&mut out, Rgb::read(palette.page));
    out.rect(0.0, 0.0, sheet.width as f32, sheet.height as f32).fill_nonzero();
    // From here on one unit is one of the drawing, and `y` grows downwards.
    let scale = sheet.scale as f32;
    out.transform([scale, 0.0, 0.0, -scale, sheet.left as f32, (sheet.height - sheet.top) as f32]);
    let mut writer =
        Operators { out, theme, card: Rgb::read(palette.card), origin: (0.0, 0.0), dimmed: false };
    let mut origins: Vec<(f64, f64)> = Vec::new();
    for mark in marks {
        match mark {
            Mark::Open(part) => {
                origins.push(writer.origin);
                if let Part::Drawing { x, y } | Part::Key { x, y } = part {
                    writer.origin = (writer.origin.0 + x, writer.origin.1 + y);
                }
            }
            Mark::Close => writer.origin = origins.pop().unwrap_or_default(),
            Mark::Dim(dimmed) => writer.dimmed = *dimmed,
            Mark::Text { style, x, y, words } => writer.text(*style, *x, *y, words),
            shape => writer.shape(shape),
        }
    }
    writer.out.finish().into_vec()
}

struct Operators {
    out: Content,
    theme: Theme,
    /// Ground of boxes, with which tints are mixed, so that the file needs no transparency.
    card: Rgb,
    origin: (f64, f64),
    /// What is painted is dimmed.
    dimmed: bool,
}

impl Operators {
    fn shape(&mut self, mark: &Mark<'_>) {
        let Some(style) = path::style(mark) else { return };
        let look = style.look(self.theme);
        let look = if self.dimmed { look.dimmed(self.theme) } else { look };
        let inside = look.fill.filter(|(_, opacity)| *opacity > 0.0);
        if let Some((rgb, opacity)) = inside {
            fill(&mut self.out, rgb.over(self.card, opacity));
        }
        if let Some((rgb, width)) = look.stroke {
            let [red, green, blue] = parts(rgb);
            self.out.set_stroke_rgb(red, green, blue).set_line_width(width as f32);
            let dashes: &[f32] = if look.dashed { &[4.0, 3.0] } else { &[] };
            self.out.set_dash_pattern(dashes.iter().copied(), 0.0);
            let round = matches!(style, Style::Icon(_)) || look.round;
            self.out.set_line_cap(if round { LineCapStyle::RoundCap } else { LineCapStyle::ButtCap });
            self.out.set_line_join(if round { LineJoinStyle::RoundJoin } else { LineJoinStyle::MiterJoin });
        }
        path::mark(self, mark);
        match (inside.is_some(), look.stroke.is_some()) {
            (true, true) => self.out.fill_nonzero_and_stroke(),
            (true, false) => self.out.fill_nonzero(),
            (false, true) => self.out.stroke(),
            (false, false) => self.out.end_path(),
        };
    }

    fn text(&mut self, style: TextStyle, x: f64, y: f64, words: &str) {
        let font = style.font();
        let face = Face::of(font.bold);
        let width = || face.width(words) * font.size / 1000.0;
        let begin = match style.anchor() {
            Anchor::Start => x,
            Anchor::Middle => x - width() / 2.0,
            Anchor::End => x - width(),
        };
        let mut codes = Vec::with_capacity(words.len() * 2);
        let mut missing = false;
        for (_, glyph) in face.set(words) {
            codes.extend(glyph.to_be_bytes());
            missing |= glyph == MISSING;
        }
        let ink = Rgb::read(style.colour(self.theme));
        fill(&mut self.out, if self.dimmed { ink.dimmed(self.theme) } else { ink });
        if missing {
            // What is drawn as an empty box can still be searched and copied.
            let mut span = self.out.begin_marked_content_with_properties(Name(b"Span"));
            span.properties().actual_text(TextStr(words));
        }
        let (x, y) = ((self.origin.0 + begin) as f32, (self.origin.1 + y) as f32);
        self.out.begin_text();
        self.out.set_font(if font.bold { font::BOLD } else { font::REGULAR }, font.size as f32);
        self.out.set_text_matrix([1.0, 0.0, 0.0, -1.0, x, y]).show(Str(&codes)).end_text();
        if missing {
            self.out.end_marked_content();
        }
    }

    fn page(&self, x: f64, y: f64) -> (f32, f32) {
        // Two decimals are a hundredth of a pixel, and short.
        let short = |value: f64| ((value * 100.0).round() / 100.0) as f32;
        (short(self.origin.0 + x), short(self.origin.1 + y))
    }
}

impl path::Pen for Operators {
    fn move_to(&mut self, x: f64, y: f64) {
        let (x, y) = self.page(x, y);
        self.out.move_to(x, y);
    }

    fn line_to(&mut self, x: f64, y: f64) {
        let (x, y) = self.page(x, y);
        self.out.line_to(x, y);
    }

    fn curve_to(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, x: f64, y: f64) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.page(x1, y1), self.page(x2, y2), self.page(x, y));
        self.out.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.out.close_path();
    }
}

fn fill(out: &mut Content, rgb: Rgb) {
    let [red, green, blue] = parts(rgb);
    out.set_fill_rgb(red, green, blue);
}

fn parts(Rgb(rgb): Rgb) -> [f32; 3] {
    rgb.map(|part| (f32::from(part) / 255.0 * 1000.0).round() / 1000.0)
}
