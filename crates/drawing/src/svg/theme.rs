//! Colours: three pages, and a band for each group from the Okabe-Ito palette, which colour-blind readers can tell
//! apart. Colour never stands alone: every box also has an icon and words.
//!
//! Not here: shapes.

use crate::catalogue::Group;
use crate::options::Theme;

/// Colours of one page.
pub(super) struct Palette {
    pub(super) name: &'static str,
    pub(super) page: &'static str,
    pub(super) card: &'static str,
    pub(super) outline: &'static str,
    pub(super) ink: &'static str,
    pub(super) soft_ink: &'static str,
    pub(super) wire: &'static str,
    pub(super) key: &'static str,
    pub(super) fault: &'static str,
    /// How strongly the ground behind an icon is tinted with its group's colour.
    pub(super) tint: &'static str,
}

pub(super) fn palette(theme: Theme) -> Palette {
    match theme {
        Theme::Light => Palette {
            name: "light",
            page: "#f7f8fa",
            card: "#ffffff",
            outline: "#c9d0da",
            ink: "#1b2430",
            soft_ink: "#556170",
            wire: "#8793a3",
            key: "#ffffff",
            fault: "#b3261e",
            tint: "0.16",
        },
        Theme::Dark => Palette {
            name: "dark",
            page: "#12161c",
            card: "#1c222b",
            outline: "#3a4452",
            ink: "#eef2f7",
            soft_ink: "#a9b5c4",
            wire: "#72808f",
            key: "#2a323d",
            fault: "#ff8a80",
            tint: "0.26",
        },
        Theme::Print => Palette {
            name: "print",
            page: "#ffffff",
            card: "#ffffff",
            outline: "#000000",
            ink: "#000000",
            soft_ink: "#222222",
            wire: "#000000",
            key: "#ffffff",
            fault: "#000000",
            tint: "0",
        },
    }
}

/// Colour of a group's band.
pub(crate) fn band_colour(group: Group) -> &'static str {
    match group {
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
pub(super) fn text_colour(group: Group, theme: Theme) -> &'static str {
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

/// The style sheet; every rule begins with the theme's class, so pictures of two themes can share one page.
pub(super) fn style(theme: Theme) -> String {
    let p = palette(theme);
    let s = format!(".sw-{}", p.name);
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
        line = if theme == Theme::Print { "1.5" } else { "1" },
        soft = p.soft_ink,
        wire = p.wire,
        page = p.page,
        key = p.key,
        fault = p.fault,
        tint = p.tint,
    );
    for group in Group::ALL {
        let class = class(group);
        let text = text_colour(group, theme);
        let band = match (theme, group) {
            (Theme::Dark, Group::Start) => "#b7c2d1",
            _ => band_colour(group),
        };
        css.push_str(&format!(
            "{s} .b-{class}{{fill:{band}}}{s} .t-{class}{{fill:{text}}}{s} .i-{class}{{stroke:{text}}}"
        ));
    }
    css
}

/// Class name of a group.
pub(super) fn class(group: Group) -> &'static str {
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
