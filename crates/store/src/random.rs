//! Ids and secrets from the operating system's random source.

use crate::error::{Result, StoreError};

/// A new document id: 32 lower-case hex digits, as Kazoo makes them.
///
/// # Errors
/// [`StoreError::Io`] when the operating system has no randomness to give.
pub fn new_id() -> Result<String> {
    Ok(hex(&bytes::<16>()?))
}

/// `N` unpredictable bytes.
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(|error| StoreError::Io {
        path: "system randomness".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(out)
}

/// Lower-case hex digits of bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_32_hex_digits_and_differ() {
        let (one, two) = (new_id().unwrap(), new_id().unwrap());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
        assert_ne!(one, two);
        assert_eq!(hex(&[0, 0xaf, 9]), "00af09");
    }
}
