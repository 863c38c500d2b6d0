//! WAV files: reading what accounts upload (PCM of 8 to 32 bits, float, mu-law, A-law; any rate, any channels), writing
//! 16-bit mono at 8 kHz, and mending the header of a recording that was cut off.
//!
//! Reading is tolerant of sizes that are wrong, because a program that was killed leaves such files.
//! Not for: MP3 ([`mp3`](super::mp3)).

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::g711::{Codec, SAMPLE_RATE};
use super::resample;

/// Octets before the samples in the files we write.
pub const HEADER_BYTES: usize = 44;

/// The most that is decoded: one hour at 8 kHz. What is longer is cut.
pub const MAX_SECONDS: u32 = 3_600;

/// Why a file is no WAV file that we can read: the fault of who uploaded it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WavError {
    /// It does not begin with `RIFF....WAVE`.
    #[error("not a WAV file")]
    NotWav,
    /// No `fmt ` or `data` chunk, or a cut one.
    #[error("a WAV file without its `{0}` chunk")]
    Missing(&'static str),
    /// A coding that we cannot read.
    #[error("WAV coding {tag} with {bits} bits is not supported")]
    Coding {
        /// Format tag: 1 PCM, 3 float, 6 A-law, 7 mu-law.
        tag: u16,
        /// Bits per sample.
        bits: u16,
    },
    /// Channels or rate out of range.
    #[error("a WAV file with {channels} channels at {rate} Hz")]
    Shape {
        /// Channels.
        channels: u16,
        /// Samples per second.
        rate: u32,
    },
}

/// Reads a file and gives it as mono samples at 8 kHz.
pub fn read(file: &[u8]) -> Result<Vec<i16>, WavError> {
    let (format, data) = chunks(file)?;
    let Format { tag, channels, rate, bits } = format;
    if !(1..=16).contains(&channels) || !(1_000..=384_000).contains(&rate) {
        return Err(WavError::Shape { channels, rate });
    }
    let width = usize::from(bits.div_ceil(8));
    let frame = width * usize::from(channels);
    let decode: fn(&[u8]) -> f32 = match (tag, bits) {
        (1, 8) => |b| (f32::from(b[0]) - 128.0) * 256.0,
        (1, 16) => |b| f32::from(i16::from_le_bytes([b[0], b[1]])),
        (1, 24) => |b| i32::from_le_bytes([0, b[0], b[1], b[2]]) as f32 / 65_536.0,
        (1, 32) => |b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]) as f32 / 65_536.0,
        (3, 32) => |b| finite(f32::from_le_bytes([b[0], b[1], b[2], b[3]]) * 32_768.0),
        (6, 8) => |b| f32::from(Codec::Pcma.decode(b[0])),
        (7, 8) => |b| f32::from(Codec::Pcmu.decode(b[0])),
        _ => return Err(WavError::Coding { tag, bits }),
    };
    let longest = rate as usize * MAX_SECONDS as usize;
    let mono: Vec<f32> = data
        .chunks_exact(frame)
        .take(longest)
        .map(|frame| frame.chunks_exact(width).map(decode).sum::<f32>() / f32::from(channels))
        .collect();
    Ok(resample::to_8k(&mono, rate))
}

/// A file of 16-bit mono samples at 8 kHz.
pub fn encode(samples: &[i16]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER_BYTES + samples.len() * 2);
    file.extend(header(samples.len() as u32));
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// The header of a file of so many 16-bit mono samples at 8 kHz.
pub fn header(samples: u32) -> [u8; HEADER_BYTES] {
    let data = samples.saturating_mul(2);
    let mut header = [0; HEADER_BYTES];
    let mut rest = &mut header[..];
    let mut put = |bytes: &[u8]| {
        let (here, after) = std::mem::take(&mut rest).split_at_mut(bytes.len());
        here.copy_from_slice(bytes);
        rest = after;
    };
    put(b"RIFF");
    put(&data.saturating_add(36).to_le_bytes());
    put(b"WAVEfmt ");
    put(&16u32.to_le_bytes());
    put(&1u16.to_le_bytes());
    put(&1u16.to_le_bytes());
    put(&SAMPLE_RATE.to_le_bytes());
    put(&(SAMPLE_RATE * 2).to_le_bytes());
    put(&2u16.to_le_bytes());
    put(&16u16.to_le_bytes());
    put(b"data");
    put(&data.to_le_bytes());
    header
}

/// Mends the sizes in the header of a file that [`Writer`] did not finish. Gives whether anything was wrong.
/// Files that are not of our making are left alone.
pub fn repair(path: &Path) -> io::Result<bool> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let mut found = [0; HEADER_BYTES];
    if length < HEADER_BYTES as u64 {
        return Ok(false);
    }
    file.read_exact(&mut found)?;
    let right = header(u32::try_from((length - HEADER_BYTES as u64) / 2).unwrap_or(u32::MAX / 2));
    let ours = found[..4] == right[..4] && found[8..40] == right[8..40];
    if !ours || found == right {
        return Ok(false);
    }
    file.rewind()?;
    file.write_all(&right)?;
    Ok(true)
}

/// Writes a file bit by bit; whatever happens, what was flushed can be read.
#[derive(Debug)]
pub struct Writer {
    file: File,
    pending: Vec<u8>,
    samples: u32,
}

/// Octets kept before they are written: half a second.
const PENDING_BYTES: usize = 8_000;

impl Writer {
    /// Makes the file, or empties it.
    pub fn create(path: &Path) -> io::Result<Writer> {
        let mut file = File::create(path)?;
        file.write_all(&header(0))?;
        Ok(Writer { file, pending: Vec::with_capacity(PENDING_BYTES + 320), samples: 0 })
    }

    /// Adds samples.
    pub fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        self.pending.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        self.samples = self.samples.saturating_add(samples.len() as u32);
        if self.pending.len() >= PENDING_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what is pending and brings the header up to date.
    pub fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        self.file.rewind()?;
        self.file.write_all(&header(self.samples))?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Format {
    tag: u16,
    channels: u16,
    rate: u32,
    bits: u16,
}

/// Finds the format and the samples.
fn chunks(file: &[u8]) -> Result<(Format, &[u8]), WavError> {
    if file.len() < 12 || &file[..4] != b"RIFF" || &file[8..12] != b"WAVE" {
        return Err(WavError::NotWav);
    }
    let mut rest = &file[12..];
    let mut format = None;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let name = &head[..4];
        if name == b"data" {
            let format = format.ok_or(WavError::Missing("fmt "))?;
            // A writer that was cut off, or wrote to a pipe, left 0 or "everything" here.
            let size = if size == 0 { body.len() } else { size.min(body.len()) };
            return Ok((format, &body[..size]));
        }
        let chunk = &body[..size.min(body.len())];
        if name == b"fmt " {
            format = Some(parse_format(chunk)?);
        }
        rest = body.get(size.saturating_add(size & 1)..).unwrap_or_default();
    }
    Err(WavError::Missing(if format.is_some() { "data" } else { "fmt " }))
}

fn parse_format(chunk: &[u8]) -> Result<Format, WavError> {
    let b = chunk.first_chunk::<16>().ok_or(WavError::Missing("fmt "))?;
    let mut tag = u16::from_le_bytes([b[0], b[1]]);
    // WAVE_FORMAT_EXTENSIBLE: the true tag begins the sub-format.
    if tag == 0xfffe
        && let Some(sub) = chunk.get(24..26)
    {
        tag = u16::from_le_bytes([sub[0], sub[1]]);
    }
    Ok(Format {
        tag,
        channels: u16::from_le_bytes([b[2], b[3]]),
        rate: u32::from_le_bytes([b[4], b[5], b[6], b[7]]),
        bits: u16::from_le_bytes([b[14], b[15]]),
    })
}

fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = header(0).to_vec();
        file[20..22].copy_from_slice(&tag.to_le_bytes());
        file[22..24].copy_from_slice(&channels.to_le_bytes());
        file[24..28].copy_from_slice(&rate.to_le_bytes());
        file[34..36].copy_from_slice(&bits.to_le_bytes());
        file[40..44].copy_from_slice(&(data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    #[test]
    fn what_is_written_is_read() {
        let samples: Vec<i16> = (-500..500).map(|n| n * 60).collect();
        assert_eq!(read(&encode(&samples)), Ok(samples));
    }

    #[test]
    fn every_coding_gives_the_same_sample() {
        let sample = 8_192i16;
        let codings: [(u16, u16, Vec<u8>); 7] = [
            (1, 8, vec![160]),
            (1, 16, sample.to_le_bytes().to_vec()),
            (1, 24, vec![0, 0, 32]),
            (1, 32, vec![0, 0, 0, 32]),
            (3, 32, 0.25f32.to_le_bytes().to_vec()),
            (6, 8, vec![Codec::Pcma.encode(sample)]),
            (7, 8, vec![Codec::Pcmu.encode(sample)]),
        ];
        for (tag, bits, data) in codings {
            let got = read(&file(tag, 1, 8_000, bits, &data)).unwrap();
            assert_eq!(got.len(), 1);
            assert!((got[0] - sample).abs() <= 256, "{tag} {bits}: {got:?}");
        }
    }

    #[test]
    fn stereo_is_mixed_and_other_rates_are_resampled() {
        let data: Vec<u8> = (0..44_100)
            .flat_map(|n| {
                let wave = (n as f32 * 500.0 * std::f32::consts::TAU / 44_100.0).sin() * 10_000.0;
                [(wave as i16).to_le_bytes(), [0, 0]].concat()
            })
            .collect();
        let got = read(&file(1, 2, 44_100, 16, &data)).unwrap();
        assert!((7_990..=8_000).contains(&got.len()), "{}", got.len());
        let peak = got[1_000..7_000].iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!((4_900..=5_100).contains(&peak), "{peak}");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        assert_eq!(read(b"ID3"), Err(WavError::NotWav));
        assert_eq!(read(b"RIFF\0\0\0\0WAVE"), Err(WavError::Missing("fmt ")));
        assert_eq!(read(&file(17, 1, 8_000, 4, &[0])), Err(WavError::Coding { tag: 17, bits: 4 }));
        assert_eq!(read(&file(1, 0, 8_000, 16, &[0])), Err(WavError::Shape { channels: 0, rate: 8_000 }));
    }

    #[test]
    fn an_unfinished_file_is_readable_and_repairable() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.wav");
        std::fs::write(&path, [&header(0)[..], &[1, 0, 2, 0, 3]].concat()).unwrap();
        assert_eq!(read(&std::fs::read(&path).unwrap()), Ok(vec![1, 2]));
        assert!(repair(&path).unwrap());
        assert!(!repair(&path).unwrap());
        assert_eq!(std::fs::read(&path).unwrap()[..44], header(2));
    }

    #[test]
    fn a_writer_keeps_its_header_true() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live.wav");
        let mut writer = Writer::create(&path).unwrap();
        for _ in 0..60 {
            writer.write(&[7; 160]).unwrap();
        }
        let so_far = read(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(so_far.len(), 8_000);
        writer.flush().unwrap();
        assert_eq!(read(&std::fs::read(&path).unwrap()).unwrap(), [7; 9_600]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn any_file_is_read_or_refused(tag in 0u16..9, channels in 0u16..20, rate in 0u32..400_000, bits in 0u16..40,
            data in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = read(&file(tag, channels, rate, bits, &data));
            let _ = read(&data);
        }
    }
}
