//! The outline of a mark as lines and cubic curves, for renderers that paint by themselves. Not here: colours; SVG, which
//! has shapes of its own.

use super::icons::GRID;
use super::{Mark, Style};
use crate::layout::Rect;

/// How far the handles of a quarter circle reach, for radius 1.
const QUARTER: f64 = 0.552_284_75;
/// Radius of a wire's bends.
pub(crate) const BEND: f64 = 7.0;

/// Takes an outline.
pub(crate) trait Pen {
    /// Begins a line at a point.
    fn move_to(&mut self, x: f64, y: f64);
    /// A straight line to a point.
    fn line_to(&mut self, x: f64, y: f64);
    /// A curve by two handles to a point.
    fn curve_to(&mut self, x1: f64, y1: f64, x2: f64, y2: f64, x: f64, y: f64);
    /// A straight line back to where it began.
    fn close(&mut self);
}

/// The style of a mark that is a shape or line; `None` for text and parts.
pub(crate) fn style(mark: &Mark<'_>) -> Option<Style> {
    match mark {
        Mark::Rect { style, .. }
        | Mark::Band { style, .. }
        | Mark::Disc { style, .. }
        | Mark::Wire { style, .. }
        | Mark::Tip { style, .. }
        | Mark::Icon { style, .. } => Some(*style),
        Mark::Text { .. } | Mark::Dim(_) | Mark::Open(_) | Mark::Close => None,
    }
}

/// Draws the outline of a mark that is a shape or line.
pub(crate) fn mark(pen: &mut dyn Pen, mark: &Mark<'_>) {
    match mark {
        Mark::Rect { rect, corner, .. } => rectangle(pen, rect, *corner),
        Mark::Band { rect, corner, width, .. } => band(pen, rect, *corner, *width),
        Mark::Disc { x, y, radius, .. } => disc(pen, *x, *y, *radius),
        Mark::Wire { x, y, trunk, end_x, end_y, .. } => wire(pen, *x, *y, *trunk, *end_x, *end_y),
        Mark::Tip { x, y, .. } => tip(pen, *x, *y),
        Mark::Icon { data, x, y, size, .. } => icon(pen, data, *x, *y, *size),
        Mark::Text { .. } | Mark::Dim(_) | Mark::Open(_) | Mark::Close => (),
    }
}

/// A rectangle with round corners.
fn rectangle(pen: &mut dyn Pen, rect: &Rect, corner: f64) {
    let (left, top, right, bottom) = (rect.x, rect.y, rect.right(), rect.bottom());
    let c = corner.min(rect.width / 2.0).min(rect.height / 2.0);
    if c <= 0.0 {
        pen.move_to(left, top);
        pen.line_to(right, top);
        pen.line_to(right, bottom);
        pen.line_to(left, bottom);
        pen.close();
        return;
    }
    let k = c * (1.0 - QUARTER);
    pen.move_to(left + c, top);
    pen.line_to(right - c, top);
    pen.curve_to(right - k, top, right, top + k, right, top + c);
    pen.line_to(right, bottom - c);
    pen.curve_to(right, bottom - k, right - k, bottom, right - c, bottom);
    pen.line_to(left + c, bottom);
    pen.curve_to(left + k, bottom, left, bottom - k, left, bottom - c);
    pen.line_to(left, top + c);
    pen.curve_to(left, top + k, left + k, top, left + c, top);
    pen.close();
}

/// The left edge of a rectangle with round corners, `width` wide, straight on its right side.
fn band(pen: &mut dyn Pen, rect: &Rect, corner: f64, width: f64) {
    let (left, top, bottom, c) = (rect.x, rect.y, rect.bottom(), corner);
    let inner = (corner - width).max(0.5);
    let (out_k, in_k) = (c * (1.0 - QUARTER), inner * (1.0 - QUARTER));
    let edge = left + c - inner;
    pen.move_to(left + c, top);
    pen.curve_to(left + out_k, top, left, top + out_k, left, top + c);
    pen.line_to(left, bottom - c);
    pen.curve_to(left, bottom - out_k, left + out_k, bottom, left + c, bottom);
    pen.curve_to(edge + in_k, bottom, edge, bottom - out_k, edge, bottom - c);
    pen.line_to(edge, top + c);
    pen.curve_to(edge, top + out_k, edge + in_k, top, left + c, top);
    pen.close();
}

/// A circle.
fn disc(pen: &mut dyn Pen, x: f64, y: f64, radius: f64) {
    let rect = Rect { x: x - radius, y: y - radius, width: 2.0 * radius, height: 2.0 * radius };
    rectangle(pen, &rect, radius);
}

/// A wire: right to `trunk`, up or down to `end_y`, right to `end_x`, with round bends.
fn wire(pen: &mut dyn Pen, x: f64, y: f64, trunk: f64, end_x: f64, end_y: f64) {
    pen.move_to(x, y);
    let drop = end_y - y;
    if drop.abs() >= 0.5 {
        let bend = BEND.min(drop.abs() / 2.0);
        let down = bend.copysign(drop);
        // A quadratic curve whose handle is the corner, as a cubic one.
        let part = 2.0 / 3.0;
        let before = trunk - bend;
        pen.line_to(before, y);
        pen.curve_to(before + bend * part, y, trunk, y + down * (1.0 - part), trunk, y + down);
        pen.line_to(trunk, end_y - down);
        pen.curve_to(
            trunk,
            end_y - down * (1.0 - part),
            trunk + bend * (1.0 - part),
            end_y,
            trunk + bend,
            end_y,
        );
    }
    pen.line_to(end_x, end_y);
}

/// An arrow head pointing right at a point.
fn tip(pen: &mut dyn Pen, x: f64, y: f64) {
    pen.move_to(x, y);
    pen.line_to(x - 7.0, y - 4.0);
    pen.line_to(x - 7.0, y + 4.0);
    pen.close();
}

/// An icon's strokes, from SVG path data on a grid of 18 by 18, drawn `size` large with its corner at a point.
fn icon(pen: &mut dyn Pen, data: &str, x: f64, y: f64, size: f64) {
    let mut walk = Walk { pen, x, y, scale: size / GRID, at: (0.0, 0.0), began: (0.0, 0.0) };
    let mut words = Words { rest: data };
    let mut command = ' ';
    while let Some(next) = words.command_or(command) {
        command = next;
        if walk.step(command, &mut words).is_none() {
            break;
        }
    }
}

/// Path data, taken word by word.
struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    /// The next command: a letter, or the last one again when a number follows. `None` at the end.
    fn command_or(&mut self, last: char) -> Option<char> {
        self.rest = self.rest.trim_start_matches([' ', ',']);
        let sign = self.rest.chars().next()?;
        if sign.is_ascii_alphabetic() {
            self.rest = self.rest.get(1..).unwrap_or_default();
            return Some(sign);
        }
        // Pairs after a move are lines; nothing can follow a close.
        match last {
            'M' => Some('L'),
            'm' => Some('l'),
            'Z' | 'z' | ' ' => None,
            _ => Some(last),
        }
    }

    fn number(&mut self) -> Option<f64> {
        self.rest = self.rest.trim_start_matches([' ', ',']);
        let mut point = false;
        let end = self.rest.char_indices().find(|(place, sign)| match sign {
            '-' => *place > 0,
            '.' => std::mem::replace(&mut point, true),
            _ => !sign.is_ascii_digit(),
        });
        let (word, rest) = self.rest.split_at(end.map_or(self.rest.len(), |(place, _)| place));
        self.rest = rest;
        word.parse().ok()
    }
}

struct Walk<'a> {
    pen: &'a mut dyn Pen,
    x: f64,
    y: f64,
    scale: f64,
    at: (f64, f64),
    began: (f64, f64),
}

impl Walk<'_> {
    /// One command; `None` when the data ends in its midst.
    fn step(&mut self, command: char, words: &mut Words<'_>) -> Option<()> {
        let base = if command.is_ascii_lowercase() { self.at } else { (0.0, 0.0) };
        let mut pair = || Some((base.0 + words.number()?, base.1 + words.number()?));
        match command.to_ascii_uppercase() {
            'M' => {
                self.at = pair()?;
                self.began = self.at;
                let (x, y) = self.page(self.at);
                self.pen.move_to(x, y);
            }
            'L' => {
                let to = pair()?;
                self.line(to);
            }
            'H' => {
                let to = (base.0 + words.number()?, self.at.1);
                self.line(to);
            }
            'V' => {
                let to = (self.at.0, base.1 + words.number()?);
                self.line(to);
            }
            'C' => {
                let (one, two, to) = (pair()?, pair()?, pair()?);
                self.curve(one, two, to);
            }
            'A' => {
                let (rx, _, _) = (words.number()?, words.number()?, words.number()?);
                let (large, sweep) = (words.number()? != 0.0, words.number()? != 0.0);
                let to = (base.0 + words.number()?, base.1 + words.number()?);
                self.arc(rx, large, sweep, to);
            }
            'Z' => {
                self.at = self.began;
                self.pen.close();
            }
            _ => return None,
        }
        Some(())
    }

    fn page(&self, (x, y): (f64, f64)) -> (f64, f64) {
        (self.x + x * self.scale, self.y + y * self.scale)
    }

    fn line(&mut self, to: (f64, f64)) {
        self.at = to;
        let (x, y) = self.page(to);
        self.pen.line_to(x, y);
    }

    fn curve(&mut self, one: (f64, f64), two: (f64, f64), to: (f64, f64)) {
        self.at = to;
        let ((x1, y1), (x2, y2), (x, y)) = (self.page(one), self.page(two), self.page(to));
        self.pen.curve_to(x1, y1, x2, y2, x, y);
    }

    /// A circular arc (SVG 1.1, appendix F.6.5) as curves of a quarter turn or less.
    fn arc(&mut self, radius: f64, large: bool, sweep: bool, to: (f64, f64)) {
        let from = self.at;
        let (half_x, half_y) = ((from.0 - to.0) / 2.0, (from.1 - to.1) / 2.0);
        let half = half_x.hypot(half_y);
        if half == 0.0 {
            return;
        }
        let radius = radius.max(half);
        let away = (radius * radius - half * half).max(0.0).sqrt() / half;
        let away = if large == sweep { -away } else { away };
        let centre = ((from.0 + to.0) / 2.0 + away * half_y, (from.1 + to.1) / 2.0 - away * half_x);
        let begin = (from.1 - centre.1).atan2(from.0 - centre.0);
        let end = (to.1 - centre.1).atan2(to.0 - centre.0);
        let full = std::f64::consts::TAU;
        let turn = match (end - begin).rem_euclid(full) {
            turn if sweep => turn,
            turn => turn - full,
        };
        let parts = (turn.abs() / (full / 4.0)).ceil().max(1.0);
        let part = turn / parts;
        let reach = 4.0 / 3.0 * (part / 4.0).tan() * radius;
        for count in 0..parts as u32 {
            let (a, b) = (begin + part * f64::from(count), begin + part * f64::from(count + 1));
            let one = (
                centre.0 + radius * a.cos() - reach * a.sin(),
                centre.1 + radius * a.sin() + reach * a.cos(),
            );
            let last = (centre.0 + radius * b.cos(), centre.1 + radius * b.sin());
            let two = (last.0 + reach * b.sin(), last.1 - reach * b.cos());
            self.curve(one, two, last);
        }
        self.at = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Points(Vec<(f64, f64)>);

    impl Pen for Points {
        fn move_to(&mut self, x: f64, y: f64) {
            self.0.push((x, y));
        }
        fn line_to(&mut self, x: f64, y: f64) {
            self.0.push((x, y));
        }
        fn curve_to(&mut self, _: f64, _: f64, _: f64, _: f64, x: f64, y: f64) {
            self.0.push((x, y));
        }
        fn close(&mut self) {}
    }

    #[test]
    fn every_icon_is_read_to_its_end_and_stays_on_its_grid() {
        for look in crate::catalogue::modules() {
            let data = super::super::icons::path(look.icon);
            let mut points = Points::default();
            icon(&mut points, data, 0.0, 0.0, GRID);
            let letters =
                data.chars().filter(|sign| sign.is_ascii_alphabetic() && !"zZ".contains(*sign)).count();
            assert!(points.0.len() >= letters, "{data}: {:?}", points.0);
            assert!(
                points.0.iter().all(|(x, y)| (0.0..=18.0).contains(x) && (0.0..=18.0).contains(y)),
                "{data}"
            );
        }
    }

    #[test]
    fn an_arc_turns_the_way_it_says() {
        let mut points = Points::default();
        icon(&mut points, "M9 2.5a6.5 6.5 0 1 0 .01 0z", 0.0, 0.0, GRID);
        let lowest = points.0.iter().map(|(_, y)| *y).fold(0.0, f64::max);
        assert!((lowest - 15.5).abs() < 0.2, "{:?}", points.0);
        let mut half = Points::default();
        icon(&mut half, "M0 5a5 5 0 0 1 10 0", 0.0, 0.0, GRID);
        assert!(half.0.iter().all(|(_, y)| *y <= 5.001), "clockwise on a page is over the top: {:?}", half.0);
    }
}
