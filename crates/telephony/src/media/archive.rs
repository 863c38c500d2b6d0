//! The file that system prompts of one language ship in: many named pieces of mu-law audio, found without copying.
//!
//! Layout, all numbers little-endian: `STRPROMPT1`, a `u16` count, then per entry a `u8` name length, the name, `u32` offset
//! and `u32` length in octets; then the audio, to which offsets count from its beginning.
//! Not for: other audio, which is in WAV files.

const MAGIC: &[u8; 10] = b"STRPROMPT1";

/// Why a file is no archive: the fault of who built the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a prompt archive, or a cut one")]
pub struct BadArchive;

/// Writes an archive. Names are at most 255 octets, entries at most 65,535; what is beyond is left out.
pub fn write(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> =
        entries.iter().filter(|(name, _)| name.len() <= 255).take(usize::from(u16::MAX)).collect();
    let mut file = MAGIC.to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    let mut offset = 0u32;
    for (name, audio) in &entries {
        file.push(name.len() as u8);
        file.extend(name.as_bytes());
        file.extend(offset.to_le_bytes());
        file.extend((audio.len() as u32).to_le_bytes());
        offset += audio.len() as u32;
    }
    for (_, audio) in &entries {
        file.extend(audio);
    }
    file
}

/// The names and audio of an archive, in its order.
pub fn read(file: &[u8]) -> Result<Vec<(&str, &[u8])>, BadArchive> {
    let mut rest = file.strip_prefix(MAGIC).ok_or(BadArchive)?;
    let count = usize::from(u16::from_le_bytes(*take(&mut rest)?));
    let mut index = Vec::with_capacity(count);
    for _ in 0..count {
        let [length] = *take(&mut rest)?;
        let (name, after) = rest.split_at_checked(usize::from(length)).ok_or(BadArchive)?;
        rest = after;
        let name = std::str::from_utf8(name).map_err(|_| BadArchive)?;
        let offset = u32::from_le_bytes(*take(&mut rest)?) as usize;
        let length = u32::from_le_bytes(*take(&mut rest)?) as usize;
        index.push((name, offset, length));
    }
    index
        .into_iter()
        .map(|(name, offset, length)| {
            let audio = rest.get(offset..).and_then(|audio| audio.get(..length)).ok_or(BadArchive)?;
            Ok((name, audio))
        })
        .collect()
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], BadArchive> {
    let (here, after) = rest.split_first_chunk().ok_or(BadArchive)?;
    *rest = after;
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let entries =
            vec![("a".to_owned(), vec![1, 2, 3]), ("empty".to_owned(), vec![]), ("b".to_owned(), vec![4])];
        let file = write(&entries);
        let got = read(&file).unwrap();
        assert_eq!(got, [("a", &[1u8, 2, 3][..]), ("empty", &[]), ("b", &[4])]);
        for length in 0..file.len() {
            assert!(read(&file[..length]).is_err(), "{length}");
        }
    }
}
