//! What a mark is, from which each renderer takes its colours and its class. Not here: the colours (`theme`).

use super::theme::{Palette, Rgb, band_colour, text_colour};
use crate::catalogue::Group;
use crate::options::Theme;
use crate::text::Font;

/// What a shape or line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// The page's ground, behind words on a wire.
    Ground,
    /// A box or chip.
    Card {
        /// Something it names is not there.
        faulty: bool,
        /// It is passed over, or stands for another.
        dashed: bool,
    },
    /// A telephone key.
    Key,
    /// Ground of a step number.
    Step,
    /// The coloured edge of a box.
    Band(Group),
    /// The tinted ground of an icon.
    Tint(Group),
    /// An icon.
    Icon(Group),
    /// A wire.
    Wire,
    /// An arrow head.
    Tip,
}

/// How a shape or line is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// Colour and opacity of its inside.
    pub(crate) fill: Option<(Rgb, f64)>,
    /// Colour and width of its line.
    pub(crate) stroke: Option<(Rgb, f64)>,
    /// The line is dashed, 4 on and 3 off.
    pub(crate) dashed: bool,
    /// Ends and corners of the line are round.
    pub(crate) round: bool,
}

impl Style {
    /// Its look under a theme.
    pub(crate) fn look(self, theme: Theme) -> Look {
        let p = Palette::of(theme);
        let fill = |colour: &str| Look { fill: Some((Rgb::read(colour), 1.0)), ..Look::default() };
        let stroke = |colour: &str, width: f64| Some((Rgb::read(colour), width));
        match self {
            Style::Ground => fill(p.page),
            Style::Card { faulty, dashed } => Look {
                stroke: if faulty { stroke(p.fault, FAULT_LINE) } else { stroke(p.outline, p.line) },
                dashed,
                ..fill(p.card)
            },
            Style::Key => Look { stroke: stroke(p.wire, 1.0), ..fill(p.key) },
            Style::Step => fill(p.ink),
            Style::Band(group) => fill(band_colour(group, theme)),
            Style::Tint(group) => {
                Look { fill: Some((Rgb::read(band_colour(group, theme)), p.tint)), ..Look::default() }
            }
            Style::Icon(group) => {
                Look { stroke: stroke(text_colour(group, theme), ICON_LINE), round: true, ..Look::default() }
            }
            Style::Wire => Look { stroke: stroke(p.wire, WIRE_LINE), ..Look::default() },
            Style::Tip => fill(p.wire),
        }
    }
}

/// Line width of a box with a fault.
pub(crate) const FAULT_LINE: f64 = 2.0;
/// Line width of icons.
pub(crate) const ICON_LINE: f64 = 1.6;
/// Line width of wires.
pub(crate) const WIRE_LINE: f64 = 1.5;

/// What a line of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextStyle {
    /// The picture's title.
    Head,
    /// Facts below the title.
    Meta,
    /// A warning below the drawing.
    Warning,
    /// What a module does, above a box's title.
    Caption(Group),
    /// A box's title.
    Title,
    /// A detail line.
    Fact,
    /// A detail line that says what is wrong.
    Fault,
    /// The number beside a caption; ends at its place.
    Number,
    /// Words on a wire or in the key of colours.
    Word,
    /// Words in a chip.
    Chip,
    /// A telephone key's sign; its place is its middle.
    Key,
    /// A step number; its place is its middle.
    Step,
}

/// Which point of a line of text stands at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

impl TextStyle {
    /// One of each font and colour, for style sheets; captions stand for all groups.
    #[cfg(test)]
    pub(crate) const ALL: [TextStyle; 12] = [
        TextStyle::Caption(Group::Start),
        TextStyle::Title,
        TextStyle::Fact,
        TextStyle::Word,
        TextStyle::Chip,
        TextStyle::Meta,
        TextStyle::Head,
        TextStyle::Number,
        TextStyle::Key,
        TextStyle::Step,
        TextStyle::Fault,
        TextStyle::Warning,
    ];

    /// Size and weight.
    pub(crate) fn font(self) -> Font {
        match self {
            TextStyle::Head => Font::bold(20.0),
            TextStyle::Meta => Font::regular(12.0),
            TextStyle::Warning => Font::bold(12.0),
            TextStyle::Title => Font::bold(13.0),
            TextStyle::Fact | TextStyle::Word | TextStyle::Chip => Font::regular(11.0),
            TextStyle::Fault | TextStyle::Key => Font::bold(11.0),
            TextStyle::Caption(_) | TextStyle::Number | TextStyle::Step => Font::bold(10.0),
        }
    }

    /// Which of its points stands at its place.
    pub(crate) fn anchor(self) -> Anchor {
        match self {
            TextStyle::Number => Anchor::End,
            TextStyle::Key | TextStyle::Step => Anchor::Middle,
            _ => Anchor::Start,
        }
    }

    /// Its colour under a theme.
    pub(crate) fn colour(self, theme: Theme) -> &'static str {
        let p = Palette::of(theme);
        match self {
            TextStyle::Meta | TextStyle::Fact | TextStyle::Number => p.soft_ink,
            TextStyle::Warning | TextStyle::Fault => p.fault,
            TextStyle::Caption(group) => text_colour(group, theme),
            TextStyle::Step => p.page,
            TextStyle::Head | TextStyle::Title | TextStyle::Word | TextStyle::Chip | TextStyle::Key => p.ink,
        }
    }
}
