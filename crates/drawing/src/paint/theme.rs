//! Colours: three pages, and a band for each group from the Okabe-Ito palette, which colour-blind readers can tell
//! apart. Colour never stands alone: every box also has an icon and words.
//!
//! Not here: shapes.

use std::fmt;

use flow::diff::Mark as Change;

use crate::catalogue::Group;
use crate::options::Theme;

/// How much of a colour is left where it is dimmed.
const DIM: f64 = 0.35;

/// Colours of one page.
pub(crate) struct Palette {
    /// Ground of the page.
    pub(crate) page: &'static str,
    /// Ground of boxes.
    pub(crate) card: &'static str,
    /// Outline of boxes.
    pub(crate) outline: &'static str,
    /// Titles.
    pub(crate) ink: &'static str,
    /// Details.
    pub(crate) soft_ink: &'static str,
    /// Wires and arrow heads.
    pub(crate) wire: &'static str,
    /// Ground of telephone keys.
    pub(crate) key: &'static str,
    /// What is wrong.
    pub(crate) fault: &'static str,
    /// How strongly the ground behind an icon is tinted with its group's colour.
    pub(crate) tint: f64,
    /// Width of a box's outline.
    pub(crate) line: f64,
}

impl Palette {
    /// The colours of a theme.
    pub(crate) const fn of(theme: Theme) -> Palette {
        match theme {
            Theme::Light => Palette {
                page: "#f7f8fa",
                card: "#ffffff",
                outline: "#c9d0da",
                ink: "#1b2430",
                soft_ink: "#556170",
                wire: "#8793a3",
                key: "#ffffff",
                fault: "#b3261e",
                tint: 0.16,
                line: 1.0,
            },
            Theme::Dark => Palette {
                page: "#12161c",
                card: "#1c222b",
                outline: "#3a4452",
                ink: "#eef2f7",
                soft_ink: "#a9b5c4",
                wire: "#72808f",
                key: "#2a323d",
                fault: "#ff8a80",
                tint: 0.26,
                line: 1.0,
            },
            Theme::Print => Palette {
                page: "#ffffff",
                card: "#ffffff",
                outline: "#000000",
                ink: "#000000",
                soft_ink: "#222222",
                wire: "#000000",
                key: "#ffffff",
                fault: "#000000",
                tint: 0.0,
                line: 1.5,
            },
        }
    }
}

/// Colour of a group's band.
pub(crate) fn band_colour(group: Group, theme: Theme) -> &'static str {
    match group {
        Group::Start if theme == Theme::Dark => "#b7c2d1",
        Group::Start => "#3b4657",
        Group::Media => "#56b4e9",
        Group::Menu => "#e69f00",
        Group::Ring => "#009e73",
        Group::Route => "#0072b2",
        Group::Voicemail => "#cc79a7",
        Group::Service => "#8c6d46",
        Group::Web => "#f0e442",
        Group::Feature => "#8a94a6",
        Group::End => "#d55e00",
        Group::Unknown => "#b3261e",
    }
}

/// Colour of a group's icon and caption: dark enough (light enough) to be read on the page's cards.
pub(crate) fn text_colour(group: Group, theme: Theme) -> &'static str {
    match theme {
        Theme::Print => "#000000",
        Theme::Dark => match group {
            Group::Start | Group::Feature => "#b7c2d1",
            Group::Media => "#7cc8f4",
            Group::Menu => "#f2b632",
            Group::Ring => "#3ccaa0",
            Group::Route => "#62b3ea",
            Group::Voicemail => "#e3a0c4",
            Group::Service => "#cba97c",
            Group::Web => "#f0e442",
            Group::End => "#ff9a4d",
            Group::Unknown => "#ff8a80",
        },
        Theme::Light => match group {
            Group::Start | Group::Feature => "#4f5b6c",
            Group::Media => "#1b6f9f",
            Group::Menu => "#8f5f00",
            Group::Ring => "#00735a",
            Group::Route => "#005f95",
            Group::Voicemail => "#9a4275",
            Group::Service => "#6f5432",
            Group::Web => "#6e6600",
            Group::End => "#a84800",
            Group::Unknown => "#b3261e",
        },
    }
}

/// Colour of what differs from another version, from the same palette; a sign and the kind of line say it as well.
pub(crate) fn change_colour(change: Change, theme: Theme) -> &'static str {
    match (theme, change) {
        (Theme::Print, _) => "#000000",
        (Theme::Light, Change::Added) => "#007a5a",
        (Theme::Light, Change::Removed) => "#b84c00",
        (Theme::Light, Change::Changed) => "#0067a5",
        (Theme::Dark, Change::Added) => "#3ccaa0",
        (Theme::Dark, Change::Removed) => "#ff9a4d",
        (Theme::Dark, Change::Changed) => "#62b3ea",
    }
}

/// A colour by its parts, 0 to 255 each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rgb(pub(crate) [u8; 3]);

impl Rgb {
    /// Reads `#rrggbb`; what is not hexadecimal counts as zero.
    pub(crate) fn read(text: &str) -> Rgb {
        let digit = |place: usize| match text.as_bytes().get(place) {
            Some(sign @ b'0'..=b'9') => sign - b'0',
            Some(sign @ b'a'..=b'f') => sign - b'a' + 10,
            _ => 0,
        };
        Rgb([0, 1, 2].map(|part| digit(1 + part * 2) * 16 + digit(2 + part * 2)))
    }

    /// This colour laid over another one.
    pub(crate) fn over(self, ground: Rgb, opacity: f64) -> Rgb {
        let mix = |own: u8, below: u8| {
            (f64::from(own) * opacity + f64::from(below) * (1.0 - opacity)).round() as u8
        };
        let (Rgb([r, g, b]), Rgb([x, y, z])) = (self, ground);
        Rgb([mix(r, x), mix(g, y), mix(b, z)])
    }

    /// The colour as it is where [`super::Mark::Dim`] holds: most of the way to the page's ground.
    pub(crate) fn dimmed(self, theme: Theme) -> Rgb {
        self.over(Rgb::read(Palette::of(theme).page), DIM)
    }
}

/// As `#rrggbb`.
impl fmt::Display for Rgb {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rgb([red, green, blue]) = self;
        write!(out, "#{red:02x}{green:02x}{blue:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_six_hexadecimal_digits() {
        let good = |text: &str| {
            assert_eq!(Rgb::read(text).to_string(), text);
        };
        for theme in [Theme::Light, Theme::Dark, Theme::Print] {
            let p = Palette::of(theme);
            [p.page, p.card, p.outline, p.ink, p.soft_ink, p.wire, p.key, p.fault].into_iter().for_each(good);
            for change in [Change::Added, Change::Removed, Change::Changed] {
                good(change_colour(change, theme));
            }
            for group in Group::ALL {
                good(band_colour(group, theme));
                good(text_colour(group, theme));
            }
        }
    }
}
