//! PNG, PDF, DOT and draw.io of a few flows: they can be read by others and show what they should. `DRAWING_SHOW=folder`
//! leaves the files there, to be looked at.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a file that cannot be read is a failed test")]

mod common;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use common::Fixture;
use drawing::{Booklet, Format, PageSize, Scene, Shape, render};

const NAMES: [&str; 4] = ["attendant", "hours", "loop", "hostile"];

fn scene(name: &str) -> Scene {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    Fixture::read(&std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap()).scene()
}

fn show(name: &str, data: &[u8]) {
    if let Some(folder) = std::env::var_os("DRAWING_SHOW") {
        std::fs::write(Path::new(&folder).join(name), data).unwrap();
    }
}

/// Runs a program on a file given at its standard input; `None` when the machine lacks the program.
fn pipe(program: &str, arguments: &[&str], input: &[u8]) -> Option<(bool, String, String)> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        eprintln!("passed over: {program} is not installed");
        return None;
    };
    // Read while it is written to: neither pipe holds much.
    let mut to = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || to.write_all(input));
        child.wait_with_output().unwrap()
    });
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some((output.status.success(), words(&output.stdout), words(&output.stderr)))
}

struct Picture {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn read(file: &[u8]) -> Picture {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        Picture { width: info.width as usize, height: info.height as usize, pixels }
    }

    fn at(&self, x: f64, y: f64) -> [u8; 3] {
        let first = (y as usize * self.width + x as usize) * 3;
        [self.pixels[first], self.pixels[first + 1], self.pixels[first + 2]]
    }

    /// How many pixels of a rectangle have a colour.
    fn count(&self, left: f64, top: f64, right: f64, bottom: f64, colour: [u8; 3]) -> usize {
        let rows = top as usize..bottom as usize;
        let all = rows.flat_map(|y| (left as usize..right as usize).map(move |x| (x as f64, y as f64)));
        all.filter(|(x, y)| self.at(*x, *y) == colour).count()
    }
}

#[test]
fn a_png_shows_boxes_bands_and_words_where_the_layout_has_them() {
    for name in NAMES {
        let scene = scene(name);
        let file = scene.to_png(1.0).unwrap();
        show(&format!("{name}.png"), &file);
        let picture = Picture::read(&file);
        let layout = drawing::layout::place(&scene);
        assert!(picture.width as f64 >= layout.width && picture.height as f64 >= layout.height);
        let page = picture.at(2.0, 2.0);
        let (card, ink) = match scene.theme {
            drawing::Theme::Light => ([255, 255, 255], [0x1b, 0x24, 0x30]),
            drawing::Theme::Dark => ([0x1c, 0x22, 0x2b], [0xee, 0xf2, 0xf7]),
            drawing::Theme::Print => ([255, 255, 255], [0, 0, 0]),
        };
        // The drawing begins at the margin of 28, below the header.
        let top = (0..picture.height as u32).find(|y| {
            let start = layout.boxes[0].rect;
            picture.at(28.0 + start.x + 112.0, f64::from(*y)) != page && f64::from(*y) > start.y + 50.0
        });
        assert!(top.is_some(), "{name} has a first box");
        let left = 28.0 + layout.boxes[0].rect.x;
        let right = left + layout.boxes[0].rect.width;
        let (all, height) = (picture.width as f64, picture.height as f64);
        assert!(picture.count(left, 0.0, right, height, card) > 2_500 || card == page, "{name}: cards");
        assert!(picture.count(0.0, 0.0, all, height, ink) > 60, "{name}: words");
        let colours: BTreeSet<[u8; 3]> =
            picture.pixels.chunks_exact(3).step_by(11).map(|p| [p[0], p[1], p[2]]).collect();
        assert!(colours.len() > 30, "{name} has {} colours", colours.len());
    }
}

#[test]
fn characters_that_no_font_has_are_seen_in_the_png() {
    let mut plain = scene("hours");
    plain.nodes[1].title = "X".to_owned();
    let mut rare = plain.clone();
    rare.nodes[1].title = "X\u{6f22}\u{6f22}".to_owned();
    let (plain, rare) =
        (Picture::read(&plain.to_png(1.0).unwrap()), Picture::read(&rare.to_png(1.0).unwrap()));
    let changed =
        plain.pixels.chunks_exact(3).zip(rare.pixels.chunks_exact(3)).filter(|(a, b)| a != b).count();
    assert!(changed > 25, "two boxes of some height: {changed}");
}

#[test]
fn a_pdf_has_its_pages_links_and_words() {
    for name in NAMES {
        let scene = scene(name);
        let file = scene.to_pdf();
        show(&format!("{name}.pdf"), &file);
        show(&format!("{name}-a4.pdf"), &scene.to_pdf_on(PageSize::A4));
        let text = String::from_utf8_lossy(&file);
        assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"));
        assert_eq!(text.matches("/FontFile2").count(), 2, "both weights are embedded");
        let chips = scene.nodes.iter().filter(|node| matches!(node.shape, Shape::Link { .. })).count();
        assert_eq!(text.matches("/Subtype /Link").count() + text.matches("/Subtype/Link").count(), chips);
        assert_eq!(file, scene.to_pdf(), "the same scene gives the same file");
        let Some((fine, words, said)) = pipe("pdftotext", &["-layout", "-", "-"], &file) else { continue };
        assert!(fine && said.is_empty(), "{said}");
        if name != "hostile" {
            for word in scene
                .nodes
                .iter()
                .filter(|node| node.title.len() < 30 && !matches!(node.shape, Shape::Link { .. }))
                .flat_map(|node| node.title.split(' '))
            {
                assert!(words.contains(word), "{name}: {word:?} is not found in {words}");
            }
        }
    }
}

#[test]
fn a_pdf_can_be_searched_for_what_its_font_lacks() {
    let mut scene = scene("hours");
    scene.nodes[1].title = "\u{6f22}\u{5b57}".to_owned();
    let Some((_, words, _)) = pipe("pdftotext", &["-", "-"], &scene.to_pdf()) else { return };
    assert!(words.contains("\u{6f22}\u{5b57}"), "{words}");
}

#[test]
fn a_booklet_has_an_index_and_a_page_for_each_picture() {
    let pages: Vec<Scene> = (0..60).map(|count| scene(NAMES[count % 3])).collect();
    let booklet = Booklet { title: "All numbers of Wimpole Street Dental".to_owned(), pages };
    let file = booklet.to_pdf(PageSize::A4);
    show("booklet.pdf", &file);
    assert!(file.len() < 3_000_000, "{} bytes", file.len());
    let Some((fine, words, said)) = pipe("pdftotext", &["-f", "1", "-l", "3", "-layout", "-", "-"], &file)
    else {
        return;
    };
    assert!(fine && said.is_empty(), "{said}");
    assert!(words.contains("All numbers of Wimpole Street Dental") && words.contains("60 call flows"));
    assert!(words.contains("Main number") && words.contains("63"), "{words}");
    assert_eq!(words.matches('\u{c}').count(), 3);
}

#[test]
fn an_empty_booklet_is_a_file_too() {
    let file = Booklet::default().to_pdf(PageSize::A3);
    assert!(String::from_utf8_lossy(&file).contains("/Count 1"));
}

#[test]
fn graphviz_reads_the_dot() {
    for name in NAMES {
        let scene = scene(name);
        let text = scene.to_dot();
        show(&format!("{name}.dot"), text.as_bytes());
        let boxes = scene.nodes.iter().filter(|node| !matches!(node.shape, Shape::Link { .. })).count();
        assert_eq!(text.lines().filter(|line| line.contains("tooltip=")).count(), boxes);
        assert_eq!(text.lines().filter(|line| line.contains("\" -> \"")).count(), scene.edges.len());
        let Some((fine, plain, said)) = pipe("dot", &["-Tplain"], text.as_bytes()) else { continue };
        assert!(fine && !said.contains("rror"), "{said}");
        assert_eq!(plain.lines().filter(|line| line.starts_with("node ")).count(), boxes);
    }
}

#[test]
fn draw_io_has_every_node_and_edge_once() {
    for name in NAMES {
        let scene = scene(name);
        let text = scene.to_drawio();
        show(&format!("{name}.drawio"), text.as_bytes());
        let document = roxmltree::Document::parse(&text).unwrap();
        let count =
            |what: &str| document.descendants().filter(|cell| cell.attribute(what) == Some("1")).count();
        assert_eq!((count("vertex"), count("edge")), (scene.nodes.len(), scene.edges.len()));
        let named: Vec<&str> = document.descendants().filter_map(|cell| cell.attribute("id")).collect();
        let ids: BTreeSet<&str> = named.iter().copied().collect();
        assert_eq!(ids.len(), named.len(), "ids are unique");
        for cell in document.descendants() {
            for end in ["source", "target", "parent"].iter().filter_map(|end| cell.attribute(*end)) {
                assert!(ids.contains(end), "{end} is not there");
            }
            // The label is HTML within XML: after one reading, text must still be escaped.
            let label = cell.attribute("label").unwrap_or_default();
            let plain = label.replace("<b>", "").replace("</b>", "").replace("<br>", "");
            assert!(!plain.contains('<') && !plain.contains('>'), "{label}");
        }
    }
}

#[test]
fn every_format_gives_something_of_its_kind() {
    let scene = scene("hours");
    for format in Format::ALL {
        let file = render(&scene, format).unwrap();
        let begins: &[u8] = match format {
            Format::Svg => b"<svg",
            Format::Png => b"\x89PNG",
            Format::Pdf => b"%PDF",
            Format::Html => b"<!DOCTYPE html>",
            Format::Mermaid => b"flowchart",
            Format::Dot => b"digraph",
            Format::DrawIo => b"<mxfile",
            Format::Outline => b"Call to: Main number",
            Format::Json => b"{",
        };
        assert!(file.starts_with(begins), "{format:?}");
    }
}

#[test]
fn a_page_names_nothing_that_could_be_fetched() {
    let pages = NAMES.map(scene).to_vec();
    for html in [scene("hostile").to_html(), Booklet { title: "All".to_owned(), pages }.to_html()] {
        show("page.html", html.as_bytes());
        for attribute in
            [" src=", " href=", "xlink:href", "url(", "@import", " style=\"", " onload=\"", "<link", "<base"]
        {
            // What names say is escaped, so a quote after `=` can only be our own.
            let own = html.match_indices(attribute).filter(|(place, _)| {
                !html[place + attribute.len()..].starts_with("&quot;")
                    && !html[place + attribute.len()..].starts_with('\\')
            });
            assert_eq!(own.count(), 0, "{attribute}");
        }
        assert!(html.contains("default-src 'none'") && html.contains("script-src 'sha256-"));
        assert!(!html.contains("unsafe-inline"));
    }
}
