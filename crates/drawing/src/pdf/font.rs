//! The embedded font within a PDF: outlines, widths, and which text a glyph stands for. Not here: layout of text.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str};

use crate::fonts::Face;

/// Name of the regular font on every page.
pub(super) const REGULAR: Name<'static> = Name(b"R");
/// Name of the bold one.
pub(super) const BOLD: Name<'static> = Name(b"B");

const IDENTITY: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Writes a font as composite font `own`, whose codes are glyph numbers; `parts` are further objects of it.
pub(super) fn embed(pdf: &mut Pdf, own: Ref, parts: [Ref; 4], bold: bool) {
    let face = Face::of(bold);
    let [descendant, descriptor, file, unicode] = parts;
    // The tag before the name says that the font is a subset.
    let name = format!("STRWGR+{}", face.name);
    let name = Name(name.as_bytes());
    pdf.type0_font(own)
        .base_font(name)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(descendant)
        .to_unicode(unicode);

    let mut cid = pdf.cid_font(descendant);
    cid.subtype(CidFontType::Type2).base_font(name).system_info(IDENTITY).font_descriptor(descriptor);
    cid.cid_to_gid_map_predefined(Name(b"Identity"));
    let widths = (0..face.glyph_count()).map(|glyph| face.glyph_advance(glyph) as f32);
    cid.widths().consecutive(0, widths);
    cid.finish();

    let thousandths = |length: f64| (length * 1000.0 / face.em()) as f32;
    let [left, bottom, right, top] = face.bounds().map(thousandths);
    let (ascent, descent) = face.extent();
    pdf.font_descriptor(descriptor)
        .name(name)
        .flags(FontFlags::NON_SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(thousandths(ascent))
        .descent(thousandths(descent))
        .cap_height(711.0)
        .stem_v(if bold { 140.0 } else { 80.0 })
        .font_file2(file);

    let data = packed(face.file);
    pdf.stream(file, &data).filter(Filter::FlateDecode).pair(Name(b"Length1"), face.file.len() as i32);

    let mut map = UnicodeCmap::<u16>::new(Name(b"Strowger"), IDENTITY);
    let mut last = None;
    let mut pairs: Vec<(u16, char)> = face.characters().map(|(sign, glyph)| (glyph, sign)).collect();
    pairs.sort_unstable();
    for (glyph, sign) in pairs {
        // One glyph may show several characters; the first, which is the plain one, stands for it.
        if last.replace(glyph) != Some(glyph) {
            map.pair(glyph, sign);
        }
    }
    let map = packed(map.finish().as_slice());
    pdf.cmap(unicode, &map).filter(Filter::FlateDecode);
}

/// Data as a zlib stream, which PDF calls `FlateDecode`.
pub(super) fn packed(data: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec_zlib(data, 6)
}
