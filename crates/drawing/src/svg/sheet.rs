//! The style sheet and the class names of styles. Not here: colours (`paint::theme`).

use std::fmt::Write as _;

use flow::diff::Mark as Change;

use crate::catalogue::Group;
use crate::options::Theme;
use crate::paint::theme::{Palette, Rgb, band_colour, change_colour, text_colour};
use crate::paint::{Style, TextStyle};
use crate::scene::Scene;

/// Class name of a shape or line, without its group's suffix, and the group.
pub(super) fn class(style: Style) -> (&'static str, Option<Group>, &'static str) {
    match style {
        Style::Ground => ("ground", None, ""),
        Style::Card { faulty: false, dashed: false, .. } => ("card", None, ""),
        Style::Card { faulty: true, dashed: false, .. } => ("card bad", None, ""),
        Style::Card { faulty: false, dashed: true, .. } => ("card dash", None, ""),
        Style::Card { faulty: true, dashed: true, .. } => ("card bad dash", None, ""),
        Style::Key => ("key", None, ""),
        Style::Step => ("step", None, ""),
        Style::Band(group) => ("b-", Some(group), ""),
        Style::Tint(group) => ("b-", Some(group), " tint"),
        Style::Icon(group) => ("ico i-", Some(group), ""),
        Style::Alert => ("ico alert", None, ""),
        Style::Wire(_) => ("wire", None, ""),
        Style::Tip(_) => ("tip", None, ""),
        Style::Sign(_) => ("sign", None, ""),
    }
}

/// What follows the class of what differs.
pub(super) fn change(style: Style) -> &'static str {
    let change = match style {
        Style::Card { change, .. } | Style::Wire(change) | Style::Tip(change) => change,
        Style::Sign(change) => Some(change),
        _ => None,
    };
    match change {
        None => "",
        Some(Change::Added) => " add",
        Some(Change::Removed) => " del",
        Some(Change::Changed) => " chg",
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
        TextStyle::Sign => ("signt", None),
        TextStyle::State => ("fact state", None),
        TextStyle::Strong => ("meta state", None),
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
pub(crate) fn root(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "sw-light",
        Theme::Dark => "sw-dark",
        Theme::Print => "sw-print",
    }
}

/// The rules a scene needs, each for elements within `s`.
pub(crate) fn rules_for(scene: &Scene, s: &str) -> String {
    let mut css = rules(scene.theme, s);
    if scene.has_changes() {
        css.push_str(&change_rules(scene.theme, s));
    }
    if scene.has_dimmed() {
        css.push_str(&dim_rules(scene.theme, s));
    }
    css
}

/// Rules for what differs from another version.
pub(crate) fn change_rules(theme: Theme, s: &str) -> String {
    let mut css = format!(
        "{s} .signt{{font-size:12px;font-weight:bold;text-anchor:middle;fill:{}}}\
         {s} .card.del,{s} .wire.del{{stroke-dasharray:4 3}}",
        Palette::of(theme).page
    );
    for (class, change) in [("add", Change::Added), ("del", Change::Removed), ("chg", Change::Changed)] {
        let colour = change_colour(change, theme);
        let _ = write!(
            css,
            "{s} .card.{class},{s} .wire.{class}{{stroke:{colour};stroke-width:2.5}}\
             {s} .tip.{class},{s} .sign.{class}{{fill:{colour}}}"
        );
    }
    css
}

/// Rules for what is dimmed: every colour again, nearer to the ground's.
pub(crate) fn dim_rules(theme: Theme, s: &str) -> String {
    let p = Palette::of(theme);
    let dim = |colour: &str| Rgb::read(colour).dimmed(theme);
    let s = format!("{s} .dim");
    let mut css = format!(
        "{s} text{{fill:{ink}}}\
         {s} .fact,{s} .num{{fill:{soft}}}\
         {s} .badt{{fill:{fault}}}\
         {s} .alert{{stroke:{fault}}}\
         {s} .stept,{s} .signt{{fill:{page}}}\
         {s} .card{{stroke:{outline}}}\
         {s} .dash{{stroke:{wire}}}\
         {s} .bad{{stroke:{fault}}}\
         {s} .key,{s} .wire{{stroke:{wire}}}\
         {s} .tip{{fill:{wire}}}\
         {s} .step{{fill:{ink}}}",
        ink = dim(p.ink),
        soft = dim(p.soft_ink),
        fault = dim(p.fault),
        page = p.page,
        outline = dim(p.outline),
        wire = dim(p.wire),
    );
    for own in Group::ALL {
        let (class, band, text) = (group(own), dim(band_colour(own, theme)), dim(text_colour(own, theme)));
        let _ = write!(
            css,
            "{s} .b-{class}{{fill:{band}}}{s} .t-{class}{{fill:{text}}}{s} .i-{class}{{stroke:{text}}}"
        );
    }
    for (class, change) in [("add", Change::Added), ("del", Change::Removed), ("chg", Change::Changed)] {
        let colour = dim(change_colour(change, theme));
        let _ = write!(
            css,
            "{s} .card.{class},{s} .wire.{class}{{stroke:{colour}}}{s} .tip.{class},{s} .sign.{class}{{fill:{colour}}}"
        );
    }
    css
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
         {s} .dash{{stroke-dasharray:4 3;stroke:{wire}}}\
         {s} .bad{{stroke:{fault};stroke-width:2}}\
         {s} .badt{{fill:{fault};font-weight:bold}}\
         {s} .alert{{stroke:{fault}}}\
         {s} .state{{fill:{ink};font-weight:bold}}\
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
    use crate::paint::{Anchor, CHANGE_LINE, FAULT_LINE, ICON_LINE, WIRE_LINE};

    /// The sheet is written by hand; a renderer that paints by itself takes sizes from the styles.
    #[test]
    fn the_sheet_says_what_the_styles_say() {
        let sheet = rules(Theme::Light, ".s") + &change_rules(Theme::Light, ".s");
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
        assert!(sheet.contains(&format!("stroke-width:{CHANGE_LINE}}}")));
    }
}
