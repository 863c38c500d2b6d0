//! All formats under one name: [`Format::from_path`] and [`render`]. Not here: writing files.

use std::path::Path;

use crate::error::DrawError;
use crate::scene::Scene;

/// A format a scene can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A self-contained picture for browsers and editors.
    Svg,
    /// Pixels, at twice the size of the drawing.
    Png,
    /// One page of the picture's size, with text that can be searched and copied.
    Pdf,
    /// One interactive page that works without a network.
    Html,
    /// A Mermaid flowchart, for wikis and pull requests.
    Mermaid,
    /// A Graphviz graph.
    Dot,
    /// A draw.io (diagrams.net) drawing.
    DrawIo,
    /// Indented plain text.
    Outline,
    /// Nodes and edges for programs.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 9] = [
        Format::Svg,
        Format::Png,
        Format::Pdf,
        Format::Html,
        Format::Mermaid,
        Format::Dot,
        Format::DrawIo,
        Format::Outline,
        Format::Json,
    ];

    /// The format a file name asks for by its ending, in upper or lower case.
    pub fn from_path(path: &Path) -> Result<Format, DrawError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let all = Format::ALL.into_iter();
        let found = all
            .into_iter()
            .find(|format| ending.as_deref().is_some_and(|ending| format.file_endings().contains(&ending)));
        found.ok_or_else(|| DrawError::UnknownFormat { name: path.display().to_string() })
    }

    /// Endings of its files, the usual one first, in lower case.
    pub fn file_endings(self) -> &'static [&'static str] {
        match self {
            Format::Svg => &["svg"],
            Format::Png => &["png"],
            Format::Pdf => &["pdf"],
            Format::Html => &["html", "htm"],
            Format::Mermaid => &["mmd", "mermaid"],
            Format::Dot => &["dot", "gv"],
            Format::DrawIo => &["drawio"],
            Format::Outline => &["txt"],
            Format::Json => &["json"],
        }
    }

    /// Its media type, for HTTP.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Svg => "image/svg+xml",
            Format::Png => "image/png",
            Format::Pdf => "application/pdf",
            Format::Html => "text/html; charset=utf-8",
            Format::Mermaid => "text/vnd.mermaid; charset=utf-8",
            Format::Dot => "text/vnd.graphviz; charset=utf-8",
            Format::DrawIo => "application/vnd.jgraph.mxfile",
            Format::Outline => "text/plain; charset=utf-8",
            Format::Json => "application/json",
        }
    }

    /// Every usual ending, for messages.
    pub(crate) fn endings() -> String {
        let all: Vec<String> = Format::ALL
            .iter()
            .filter_map(|format| format.file_endings().first())
            .map(|ending| format!(".{ending}"))
            .collect();
        all.join(", ")
    }
}

/// The scene in a format, as the bytes of a file.
pub fn render(scene: &Scene, format: Format) -> Result<Vec<u8>, DrawError> {
    Ok(match format {
        Format::Svg => scene.to_svg().into_bytes(),
        Format::Png => scene.to_png(2.0)?,
        Format::Pdf => scene.to_pdf(),
        Format::Html => scene.to_html().into_bytes(),
        Format::Mermaid => scene.to_mermaid().into_bytes(),
        Format::Dot => scene.to_dot().into_bytes(),
        Format::DrawIo => scene.to_drawio().into_bytes(),
        Format::Outline => scene.to_outline().into_bytes(),
        Format::Json => format!("{:#}\n", scene.to_json()).into_bytes(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_names_the_format() {
        for format in Format::ALL {
            for ending in format.file_endings() {
                let upper = format!("calls/Main number.{}", ending.to_uppercase());
                assert_eq!(Format::from_path(Path::new(&upper)), Ok(format));
            }
        }
        let error = Format::from_path(Path::new("picture.bmp")).unwrap_err();
        assert_eq!(error.code(), "DR1002");
        assert!(error.to_string().contains("picture.bmp") && error.to_string().contains(".drawio"));
        assert!(Format::from_path(Path::new("svg")).is_err());
    }
}
