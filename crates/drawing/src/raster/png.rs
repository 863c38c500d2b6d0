//! Pixels as a PNG file (RFC 2083): three bytes a pixel, for the page is opaque. Not here: drawing.

use miniz_oxide::deflate::core::{
    CompressorOxide, TDEFLFlush, compress_to_output, create_comp_flags_from_zip_params,
};
use tiny_skia::Pixmap;

/// Inches per metre, and units of the drawing per inch (CSS).
const PER_METRE: f64 = 96.0 / 0.0254;

/// The file. `scale` says how many pixels a unit of the drawing has, so that viewers show it at its size.
pub(super) fn encode(pixels: &Pixmap, scale: f64) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut head = Vec::with_capacity(13);
    head.extend(pixels.width().to_be_bytes());
    head.extend(pixels.height().to_be_bytes());
    // Eight bits for each of red, green, blue; the only compression and filter methods; not interlaced.
    head.extend([8, 2, 0, 0, 0]);
    chunk(&mut file, *b"IHDR", &head);
    let density = ((PER_METRE * scale).round() as u32).to_be_bytes();
    let mut size = Vec::with_capacity(9);
    size.extend(density);
    size.extend(density);
    size.push(1);
    chunk(&mut file, *b"pHYs", &size);
    chunk(&mut file, *b"IDAT", &compressed(pixels));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend((data.len() as u32).to_be_bytes());
    let begin = file.len();
    file.extend(kind);
    file.extend(data);
    let sum = crc(file.get(begin..).unwrap_or_default());
    file.extend(sum.to_be_bytes());
}

/// All rows, each unfiltered: flat colours compress well as they are. One row at a time, so nothing is copied whole.
fn compressed(pixels: &Pixmap) -> Vec<u8> {
    let mut packer = CompressorOxide::new(create_comp_flags_from_zip_params(4, 15, 0));
    let mut out = Vec::new();
    let mut row = Vec::with_capacity(pixels.width() as usize * 3 + 1);
    for line in pixels.data().chunks_exact(pixels.width() as usize * 4) {
        row.clear();
        row.push(0);
        row.extend(line.chunks_exact(4).flat_map(|pixel| pixel.iter().take(3)));
        compress_to_output(&mut packer, &row, TDEFLFlush::None, |bytes| {
            out.extend_from_slice(bytes);
            true
        });
    }
    compress_to_output(&mut packer, &[], TDEFLFlush::Finish, |bytes| {
        out.extend_from_slice(bytes);
        true
    });
    out
}

/// CRC-32 as PNG wants it.
fn crc(data: &[u8]) -> u32 {
    static TABLE: [u32; 256] = table();
    !data.iter().fold(!0_u32, |sum, byte| {
        let place = (sum ^ u32::from(*byte)) & 0xff;
        TABLE.get(place as usize).copied().unwrap_or(0) ^ (sum >> 8)
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut place = 0;
    while place < 256 {
        let mut value = place as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[place] = value;
        place += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::crc;

    #[test]
    fn the_check_sum_is_the_standard_one() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc(b"IEND"), 0xae42_6082);
    }
}
