//! The display list as one page of HTML around the SVG. It needs no network: a content security policy forbids it all.
//!
//! Not here: which marks there are (`paint`), how they are written (`svg`).

use crate::booklet::Booklet;
use crate::layout::place;
use crate::options::Theme;
use crate::paint::paint;
use crate::scene::Scene;
use crate::svg::{self, Writer, sheet};

/// One scene on a page.
pub(crate) fn render(scene: &Scene) -> String {
    page(&scene.title, std::slice::from_ref(scene))
}

/// All scenes of a booklet on a page.
pub(crate) fn booklet(booklet: &Booklet) -> String {
    page(&booklet.title, &booklet.pages)
}

fn page(title: &str, scenes: &[Scene]) -> String {
    let mut out = Writer::default();
    out.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">");
    out.raw("<title>").text(title).raw("</title><style>");
    for theme in [Theme::Light, Theme::Dark, Theme::Print] {
        if scenes.iter().any(|scene| scene.theme == theme) {
            out.raw(&sheet::rules(theme, &format!(".{}", sheet::root(theme))));
        }
    }
    out.raw("</style></head><body>");
    for scene in scenes {
        let layout = place(scene);
        let painting = paint(scene, &layout);
        svg::open(&mut out, &painting, sheet::root(scene.theme), "");
        svg::marks(&mut out, &painting, true);
        out.raw("\n</svg>");
    }
    out.raw("</body></html>\n");
    out.done()
}
