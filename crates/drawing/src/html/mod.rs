//! The display list as one interactive page: pan, zoom, search, fold, trace. It needs no network, and its content
//! security policy forbids it all; scripts and styles are allowed by their digests alone.
//!
//! Without scripts the page still shows every picture. Not here: which marks there are (`paint`), how they are written
//! (`svg`), what the page does (`picture.js`, `page.js`, `input.js`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::booklet::Booklet;
use crate::layout::{Layout, place};
use crate::options::Theme;
use crate::paint::{Painting, paint};
use crate::scene::{Scene, Shape};
use crate::svg::{self, Numbering, Writer, sheet};

/// One script in three parts.
static SCRIPT: &str = concat!(include_str!("picture.js"), include_str!("page.js"), include_str!("input.js"));
static STYLE: &str = include_str!("page.css");
static DARK: &str = include_str!("dark.css");

/// Class of every picture, before which its rules stand.
const ROOT: &str = ".sw";

/// One scene on a page.
pub(crate) fn render(scene: &Scene) -> String {
    let title = if scene.title.is_empty() { "Call flow" } else { scene.title.as_str() };
    page(title, std::slice::from_ref(scene), false)
}

/// All scenes of a booklet on a page, one shown at a time.
pub(crate) fn booklet(booklet: &Booklet) -> String {
    page(&booklet.title, &booklet.pages, true)
}

fn page(title: &str, scenes: &[Scene], many: bool) -> String {
    let style = style(scenes);
    let mut out =
        Writer::with_capacity(30_000 + scenes.iter().map(|scene| scene.nodes.len() * 1400).sum::<usize>());
    out.raw("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    out.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; form-action 'none'; ");
    out.raw(&format!("script-src '{}'; style-src '{}'\">", digest(SCRIPT), digest(&style)));
    out.raw("\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>").text(title);
    out.raw("</title>\n<style>").raw(&style).raw("</style></head>\n<body>\n");
    bar(&mut out, title, scenes, many);
    out.raw("<main id=\"stage\">");
    let mut facts: Vec<Value> = Vec::with_capacity(scenes.len());
    for (number, scene) in scenes.iter().enumerate() {
        let layout = place(scene);
        let painting = paint(scene, &layout);
        out.raw("\n<section class=\"picture\"");
        // Hidden by the script and not here: without scripts all are to be seen.
        out.raw(" aria-label=\"").text(painting.name()).raw("\">");
        let prefix = if many { format!("p{}-", number + 1) } else { String::new() };
        svg::open(&mut out, &painting, "sw", "");
        svg::marks(&mut out, &painting, Some(Numbering { prefix: &prefix }));
        out.raw("\n</svg></section>");
        facts.push(picture(scene, &layout, &painting));
    }
    out.raw("\n<aside id=\"facts\" aria-live=\"polite\" hidden></aside></main>\n");
    out.raw("<details id=\"words\"><summary>In words</summary>");
    for (number, scene) in scenes.iter().enumerate() {
        out.raw("<pre data-p=\"").raw(&number.to_string()).raw("\">").text(&scene.to_outline()).raw("</pre>");
    }
    out.raw("</details>\n<script type=\"application/json\" id=\"data\">");
    // Within a script element only `<` could end it.
    out.raw(&Value::Array(facts).to_string().replace('<', "\\u003c"));
    out.raw("</script>\n<script>").raw(SCRIPT).raw("</script>\n</body></html>\n");
    out.done()
}

/// The bar above the picture: its title or an index, search, and buttons.
fn bar(out: &mut Writer, title: &str, scenes: &[Scene], many: bool) {
    out.raw("<header id=\"bar\"><h1>").text(title).raw("</h1>");
    if many {
        out.raw("<label class=\"sr\" for=\"pick\">Picture</label><select id=\"pick\">");
        for (number, scene) in scenes.iter().enumerate() {
            let (name, numbers) = crate::booklet::entry(number, scene);
            out.raw("<option value=\"").raw(&number.to_string()).raw("\">").text(&name);
            if !numbers.is_empty() && numbers != name {
                out.raw(" (").text(&numbers).raw(")");
            }
            out.raw("</option>");
        }
        out.raw("</select>");
    }
    out.raw(
        "<label class=\"sr\" for=\"search\">Search</label>\
         <input id=\"search\" type=\"search\" placeholder=\"Name or number\" autocomplete=\"off\" spellcheck=\"false\">\
         <span id=\"found\" role=\"status\"></span>\
         <button type=\"button\" id=\"out\" aria-label=\"Smaller\">&#8722;</button>\
         <button type=\"button\" id=\"in\" aria-label=\"Larger\">+</button>\
         <button type=\"button\" id=\"fit\">Fit</button>\
         <button type=\"button\" id=\"unfold\" hidden>Unfold all</button>\
         <button type=\"button\" id=\"whole\" hidden>Whole picture</button></header>\n",
    );
}

/// Every rule the page needs. A light picture follows the reader's wish for a dark one; all are printed black on white.
fn style(scenes: &[Scene]) -> String {
    let theme = scenes.first().map_or(Theme::Light, |scene| scene.theme);
    let rules = |theme: Theme| {
        let mut css = sheet::rules(theme, ROOT);
        if scenes.iter().any(Scene::has_changes) {
            css.push_str(&sheet::change_rules(theme, ROOT));
        }
        if scenes.iter().any(Scene::has_dimmed) {
            css.push_str(&sheet::dim_rules(theme, ROOT));
        }
        css
    };
    let mut css = rules(theme);
    css.push_str(STYLE);
    match theme {
        Theme::Light => {
            css.push_str("@media screen and (prefers-color-scheme:dark){");
            css.push_str(DARK);
            css.push_str(&rules(Theme::Dark));
            css.push('}');
        }
        Theme::Dark => css.push_str(DARK),
        Theme::Print => (),
    }
    css.push_str("@media print{");
    css.push_str(&rules(Theme::Print));
    css.push('}');
    css
}

/// What the script must know of a picture. Short names, for there are many: of a node `c` caption, `t` title, `u` number,
/// `l` lines, `k` kind, `w` ways in, `g` the node a chip leads to, `r` left, top, width, height and how far its wire's
/// labels reach below its top; of an edge the node it leaves, then its start, trunk and end.
fn picture(scene: &Scene, layout: &Layout, painting: &Painting<'_>) -> Value {
    let labels_end = |node: usize| {
        let wire = node.checked_sub(1).and_then(|edge| layout.wires.get(edge));
        wire.and_then(|wire| wire.labels.last()).map_or(0.0, |label| label.rect.bottom())
    };
    let nodes = scene.nodes.iter().zip(&layout.boxes).enumerate().map(|(place, (node, placed))| {
        let r = placed.rect;
        let mut value = json!({
            "c": node.caption, "t": node.title, "l": node.lines,
            "r": [r.x, r.y, r.width, r.height, (labels_end(place) - r.y).max(0.0)],
        });
        if let Some(members) = value.as_object_mut() {
            if let Some(number) = &node.number {
                members.insert("u".to_owned(), json!(number));
            }
            if node.shape == Shape::Box {
                members.insert("k".to_owned(), json!(node.kind));
                members.insert("w".to_owned(), json!(node.ways_in));
            }
            if let Shape::Link { target, .. } = node.shape {
                members.insert("g".to_owned(), json!(target));
            }
        }
        value
    });
    let edges = scene.edges.iter().zip(&layout.wires).map(|(edge, wire)| {
        // As `paint` draws it: the line ends within its arrow head.
        json!([edge.from, wire.x, wire.y, wire.trunk, wire.end_x - 5.0, wire.end_y])
    });
    json!({
        "page": [painting.width, painting.height],
        "height": layout.height,
        "nodes": nodes.collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>(),
    })
}

/// A source expression of a content security policy (CSP level 3, section 2.3.1).
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}
