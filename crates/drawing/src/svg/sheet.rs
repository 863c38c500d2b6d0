//! The style sheet and the class names of styles. Not here: colours (`paint::theme`).

use std::fmt::Write as _;

use crate::catalogue::Group;
use crate::options::Theme;
use crate::paint::theme::{Palette, band_colour, text_colour};
use crate::paint::{Style, TextStyle};

/// Class name of a shape or line, without its group's suffix, and the group.
pub(super) fn class(style: Style) -> (&'static str, Option<Group>, &'static str) {
    match style {
        Style::Ground => ("ground", None, ""),
        Style::Card { faulty: false, dashed: false } => ("card", None, ""),
        Style::Card { faulty: true, dashed: false } => ("card bad", None, ""),
        Style::Card { faulty: false, dashed: true } => ("card dash", None, ""),
        Style::Card { faulty: true, dashed: true } => ("card bad dash", None, ""),
        Style::Key => ("key", None, ""),
        Style::Step => ("step", None, ""),
        Style::Band(group) => ("b-", Some(group), ""),
        Style::Tint(group) => ("b-", Some(group), " tint"),
        Style::Icon(group) => ("ico i-", Some(group), ""),
        Style::Wire => ("wire", None, ""),
        Style::Tip => ("tip", None, ""),
    }
}

/// The same of a line of text.
pub(super) fn text_class(style: TextStyle) -> (&'static str, Option<Group>) {
    match style {
        TextStyle::Head => ("head", None),
        TextStyle::Meta => ("meta", None),
        TextStyle::Warning => ("meta badt", None),
        TextStyle::Caption(group) => ("cap t-", Some(group)),
        TextStyle::Title => ("title", None),
        TextStyle::Fact => ("fact", None),
        TextStyle::Fault => ("fact badt", None),
        TextStyle::Number => ("num", None),
        TextStyle::Word => ("word", None),
        TextStyle::Chip => ("chip", None),
        TextStyle::Key => ("keyt", None),
        TextStyle::Step => ("stept", None),
    }
}

/// Class name of a group.
pub(super) fn group(group: Group) -> &'static str {
    match group {
        Group::Start => "start",
        Group::Media => "media",
        Group::Menu => "menu",
        Group::Ring => "ring",
        Group::Route => "route",
        Group::Voicemail => "vm",
        Group::Service => "service",
        Group::Web => "web",
        Group::Feature => "feature",
        Group::End => "end",
        Group::Unknown => "unknown",
    }
}

/// Class of the root, before which every rule stands, so pictures of two themes can share one page.
pub(super) fn root(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "sw-light",
        Theme::Dark => "sw-dark",
        Theme::Print => "sw-print",
    }
}

/// A theme's rules, each for elements within `s`.
pub(crate) fn rules(theme: Theme, s: &str) -> String {
    let p = Palette::of(theme);
    let mut css = format!(
        "{s} text{{font-family:Arial,'Liberation Sans',Helvetica,'Helvetica Neue',sans-serif;fill:{ink}}}\
         {s} .card{{fill:{card};stroke:{outline};stroke-width:{line}}}\
         {s} .cap{{font-size:10px;font-weight:bold}}\
         {s} .title{{font-size:13px;font-weight:bold}}\
         {s} .fact,{s} .word,{s} .chip{{font-size:11px}}\
         {s} .fact,{s} .meta{{fill:{soft}}}\
         {s} .meta{{font-size:12px}}\
         {s} .head{{font-size:20px;font-weight:bold}}\
         {s} .num{{font-size:10px;font-weight:bold;fill:{soft}}}\
         {s} .wire{{fill:none;stroke:{wire};stroke-width:1.5}}\
         {s} .tip{{fill:{wire}}}\
         {s} .ground{{fill:{page}}}\
         {s} .key{{fill:{key};stroke:{wire}}}\
         {s} .keyt{{font-size:11px;font-weight:bold;text-anchor:middle}}\
         {s} .step{{fill:{ink}}}\
         {s} .stept{{font-size:10px;font-weight:bold;text-anchor:middle;fill:{page}}}\
         {s} .ico{{fill:none;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}}\
         {s} .dash{{stroke-dasharray:4 3}}\
         {s} .bad{{stroke:{fault};stroke-width:2}}\
         {s} .badt{{fill:{fault};font-weight:bold}}\
         {s} .tint{{fill-opacity:{tint}}}",
        ink = p.ink,
        card = p.card,
        outline = p.outline,
        line = p.line,
        soft = p.soft_ink,
        wire = p.wire,
        page = p.page,
        key = p.key,
        fault = p.fault,
        tint = p.tint,
    );
    for own in Group::ALL {
        let (class, band, text) = (group(own), band_colour(own, theme), text_colour(own, theme));
        let _ = write!(
            css,
            "{s} .b-{class}{{fill:{band}}}{s} .t-{class}{{fill:{text}}}{s} .i-{class}{{stroke:{text}}}"
        );
    }
    css
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paint::{Anchor, FAULT_LINE, ICON_LINE, WIRE_LINE};

    /// The sheet is written by hand; a renderer that paints by itself takes sizes from the styles.
    #[test]
    fn the_sheet_says_what_the_styles_say() {
        let sheet = rules(Theme::Light, ".s");
        for style in TextStyle::ALL {
            let (mut size, mut bold) = (0.0, false);
            for name in text_class(style).0.split(' ') {
                for rule in sheet.split('}').filter_map(|rule| rule.split_once('{')) {
                    if !rule.0.split(',').any(|selector| selector == format!(".s .{name}")) {
                        continue;
                    }
                    for (member, value) in rule.1.split(';').filter_map(|member| member.split_once(':')) {
                        match member {
                            "font-size" => size = value.trim_end_matches("px").parse().unwrap_or(0.0),
                            "font-weight" => bold = true,
                            "text-anchor" => assert_eq!(style.anchor(), Anchor::Middle),
                            _ => (),
                        }
                    }
                }
            }
            assert_eq!((size, bold), (style.font().size, style.font().bold), "{style:?}");
        }
        assert!(sheet.contains(&format!("stroke-width:{ICON_LINE}")));
        assert!(sheet.contains(&format!("stroke-width:{WIRE_LINE}")));
        assert!(sheet.contains(&format!("stroke-width:{FAULT_LINE}}}")));
    }
}
