//! What a mark is, from which each renderer takes its colours and its class. Not here: the colours (`theme`).

use flow::diff::Mark as Change;

use super::theme::{Palette, Rgb, band_colour, change_colour, text_colour};
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
        /// It is passed over or switched off, or stands for another.
        dashed: bool,
        /// What became of it since the version compared with.
        change: Option<Change>,
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
    /// The sign of something wrong.
    Alert,
    /// A wire.
    Wire(Option<Change>),
    /// An arrow head.
    Tip(Option<Change>),
    /// Ground of the sign of a change.
    Sign(Change),
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
            Style::Card { faulty, dashed, change } => Look {
                stroke: match (change, faulty) {
                    (Some(change), _) => stroke(change_colour(change, theme), CHANGE_LINE),
                    (None, true) => stroke(p.fault, FAULT_LINE),
                    (None, false) if dashed => stroke(p.wire, p.line),
                    (None, false) => stroke(p.outline, p.line),
                },
                dashed: dashed || change == Some(Change::Removed),
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
            Style::Alert => Look { stroke: stroke(p.fault, ICON_LINE), round: true, ..Look::default() },
            Style::Wire(None) => Look { stroke: stroke(p.wire, WIRE_LINE), ..Look::default() },
            Style::Wire(Some(change)) => Look {
                stroke: stroke(change_colour(change, theme), CHANGE_LINE),
                dashed: change == Change::Removed,
                ..Look::default()
            },
            Style::Tip(None) => fill(p.wire),
            Style::Tip(Some(change)) | Style::Sign(change) => fill(change_colour(change, theme)),
        }
    }
}

impl Look {
    /// The look where [`super::Mark::Dim`] holds.
    pub(crate) fn dimmed(self, theme: Theme) -> Look {
        let dim = |(colour, number): (Rgb, f64)| (colour.dimmed(theme), number);
        Look { fill: self.fill.map(dim), stroke: self.stroke.map(dim), ..self }
    }
}

/// Line width of what differs from another version.
pub(crate) const CHANGE_LINE: f64 = 2.5;
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
    /// What is pointed out.
    Strong,
    /// A warning.
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
    /// The sign of a change; its place is its middle.
    Sign,
    /// A detail line that says in which state a thing is, or an entry's name in a key.
    State,
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
    pub(crate) const ALL: [TextStyle; 15] = [
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
        TextStyle::Sign,
        TextStyle::State,
        TextStyle::Strong,
    ];

    /// Size and weight.
    pub(crate) fn font(self) -> Font {
        match self {
            TextStyle::Head => Font::bold(20.0),
            TextStyle::Meta => Font::regular(12.0),
            TextStyle::Warning | TextStyle::Strong | TextStyle::Sign => Font::bold(12.0),
            TextStyle::Title => Font::bold(13.0),
            TextStyle::Fact | TextStyle::Word | TextStyle::Chip => Font::regular(11.0),
            TextStyle::Fault | TextStyle::Key | TextStyle::State => Font::bold(11.0),
            TextStyle::Caption(_) | TextStyle::Number | TextStyle::Step => Font::bold(10.0),
        }
    }

    /// Which of its points stands at its place.
    pub(crate) fn anchor(self) -> Anchor {
        match self {
            TextStyle::Number => Anchor::End,
            TextStyle::Key | TextStyle::Step | TextStyle::Sign => Anchor::Middle,
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
            TextStyle::Step | TextStyle::Sign => p.page,
            TextStyle::Head
            | TextStyle::Strong
            | TextStyle::Title
            | TextStyle::Word
            | TextStyle::Chip
            | TextStyle::Key
            | TextStyle::State => p.ink,
        }
    }
}
