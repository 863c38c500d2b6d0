//! What all commands that draw have in common: where pictures go, in which format, in which colours.
//!
//! Not here: what is drawn (`draw`, `report`), and how (crate `drawing`).

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use drawing::{Booklet, PageSize, Scene, Theme};

use crate::disk;
use crate::fault::{Exit, Fault};
use crate::output;

/// Flags of pictures.
#[derive(Args, Clone, Debug)]
pub(crate) struct PictureArgs {
    /// Where to: a file whose ending says the format (.svg .png .pdf .html .mmd .dot .drawio .txt .json), a folder for one
    /// file each, or - for standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// The format, where no ending says it; txt on standard output.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<Format>,
    /// Colours.
    #[arg(long, value_name = "THEME", default_value = "light")]
    pub(crate) theme: Colours,
    /// Leave the key of colours and abbreviations out.
    #[arg(long)]
    pub(crate) no_key: bool,
}

/// What a drawing is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Scalable picture.
    Svg,
    /// Picture in pixels.
    Png,
    /// Document with text that can be searched.
    Pdf,
    /// Interactive page that needs no network.
    Html,
    /// Mermaid flowchart.
    #[value(alias = "mermaid")]
    Mmd,
    /// Graphviz graph.
    #[value(alias = "gv")]
    Dot,
    /// draw.io drawing.
    Drawio,
    /// Outline in plain text.
    Txt,
    /// Nodes and edges.
    Json,
}

/// Sizes of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Paper {
    /// 210 by 297 mm.
    A4,
    /// 297 by 420 mm.
    A3,
    /// As large as the picture.
    Picture,
}

impl Paper {
    fn size(self) -> PageSize {
        match self {
            Paper::A4 => PageSize::A4,
            Paper::A3 => PageSize::A3,
            Paper::Picture => PageSize::Picture,
        }
    }
}

/// Names of themes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colours {
    /// White page.
    Light,
    /// Dark page.
    Dark,
    /// Black on white.
    Print,
}

impl Colours {
    /// The theme of crate `drawing`.
    pub(crate) fn theme(self) -> Theme {
        match self {
            Colours::Light => Theme::Light,
            Colours::Dark => Theme::Dark,
            Colours::Print => Theme::Print,
        }
    }
}

impl Format {
    /// The format of crate `drawing`.
    fn drawing(self) -> drawing::Format {
        match self {
            Format::Svg => drawing::Format::Svg,
            Format::Png => drawing::Format::Png,
            Format::Pdf => drawing::Format::Pdf,
            Format::Html => drawing::Format::Html,
            Format::Mmd => drawing::Format::Mermaid,
            Format::Dot => drawing::Format::Dot,
            Format::Drawio => drawing::Format::DrawIo,
            Format::Txt => drawing::Format::Outline,
            Format::Json => drawing::Format::Json,
        }
    }

    fn of(path: &Path) -> Option<Format> {
        let asked = drawing::Format::from_path(path).ok()?;
        Format::value_variants().iter().copied().find(|format| format.drawing() == asked)
    }

    fn ending(self) -> &'static str {
        self.drawing().file_endings().first().copied().unwrap_or_default()
    }

    fn render(self, scene: &Scene) -> Result<Vec<u8>, Fault> {
        drawing::render(scene, self.drawing()).map_err(|error| {
            Fault::new(Exit::Data, format!("{error} ({})", error.code()))
                .with_help("use .svg, which has no bounds")
        })
    }
}

/// A scene and the name of its file, where there is one file for each.
pub(crate) struct Picture {
    /// Without ending.
    pub(crate) name: String,
    /// What to draw.
    pub(crate) scene: Scene,
}

impl PictureArgs {
    /// Whether pictures go to standard output.
    pub(crate) fn to_stdout(&self) -> bool {
        self.out.as_os_str() == "-"
    }

    /// Writes pictures where they belong; with a file for `.html` or `.pdf`, all of them in it, behind an index with this
    /// title.
    pub(crate) fn write_booklet(
        &self,
        title: &str,
        pictures: Vec<Picture>,
        paper: Paper,
        as_json: bool,
    ) -> Result<(), Fault> {
        let into_folder = self.to_stdout() || self.out.is_dir() || self.out.to_string_lossy().ends_with('/');
        let format = self.format.or_else(|| Format::of(&self.out)).filter(|_| !into_folder);
        let booklet = |pictures: Vec<Picture>| Booklet {
            title: title.to_owned(),
            pages: pictures.into_iter().map(|picture| picture.scene).collect(),
        };
        match format {
            Some(Format::Html) => disk::write(&self.out, booklet(pictures).to_html().as_bytes()),
            Some(Format::Pdf) => disk::write(&self.out, &booklet(pictures).to_pdf(paper.size())),
            _ => self.write(&pictures, as_json),
        }
    }

    /// Writes pictures where they belong.
    pub(crate) fn write(&self, pictures: &[Picture], as_json: bool) -> Result<(), Fault> {
        if self.to_stdout() {
            let format = self.format.unwrap_or(if as_json { Format::Json } else { Format::Txt });
            for (at, picture) in pictures.iter().enumerate() {
                if at > 0 && format == Format::Txt {
                    output::line("")?;
                }
                output::bytes(&format.render(&picture.scene)?)?;
            }
            return Ok(());
        }
        if self.out.is_dir() || self.out.to_string_lossy().ends_with('/') {
            let format = self.format.unwrap_or(Format::Svg);
            for picture in pictures {
                let path = self.out.join(format!("{}.{}", file_name(&picture.name), format.ending()));
                disk::write(&path, &format.render(&picture.scene)?)?;
                output::note(&format!("wrote {}", path.display()));
            }
            return Ok(());
        }
        let Some(format) = self.format.or_else(|| Format::of(&self.out)) else {
            return Err(Fault::new(Exit::Usage, format!("{} has no known ending", self.out.display()))
                .with_help(format!("use one of {}, or say --format", endings())));
        };
        match pictures {
            [picture] => disk::write(&self.out, &format.render(&picture.scene)?),
            _ => Err(Fault::new(Exit::Usage, format!("{} flows do not fit into one file", pictures.len()))
                .with_help("say which one, or name a folder such as --out drawings/")),
        }
    }
}

fn endings() -> String {
    let all = Format::value_variants().iter().map(|format| format!(".{}", format.ending()));
    all.collect::<Vec<_>>().join(" ")
}

/// A name that is a file name everywhere.
fn file_name(name: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || matches!(character, '-' | '_' | '+' | '.');
    let name: String = name.chars().map(|character| if plain(character) { character } else { '_' }).collect();
    if name.starts_with('.') || name.is_empty() { format!("_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_stay_in_their_folder() {
        for (name, wanted) in
            [("main-7", "main-7"), ("../x", "_.._x"), ("a/b:c", "a_b_c"), ("", "_"), ("+44", "+44")]
        {
            assert_eq!(file_name(name), wanted);
        }
    }
}
