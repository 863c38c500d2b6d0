//! Access tokens: JSON Web Tokens signed with HMAC-SHA-256 (RFC 7519, RFC 7515), three parts joined by dots as
//! the browser client needs them (reference "Crossbar" 2).
//!
//! Not here: who may do what with a token, and credentials.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How long a token is valid, in seconds.
pub(crate) const LIFETIME_S: i64 = 3_600;

/// The longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 4_096;

/// The only header that is made or accepted, so that a token cannot choose its own algorithm.
const HEADER: &str = r#"{"typ":"JWT","alg":"HS256"}"#;

/// What a token says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    /// Who made it.
    pub(crate) iss: String,
    /// The account it is for.
    pub(crate) account_id: String,
    /// The user it is for; none for an API key.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) owner_id: Option<String>,
    /// How it was got: `cb_user_auth`, `cb_api_auth`.
    pub(crate) method: String,
    /// Fingerprint of the credentials it was got with: when they change, the token ends.
    pub(crate) identity_sig: String,
    /// Its own id, for logout.
    pub(crate) jti: String,
    /// When it was made, Unix seconds.
    pub(crate) iat: i64,
    /// When it ends, Unix seconds.
    pub(crate) exp: i64,
}

/// A token's text.
pub(crate) fn sign(claims: &Claims, key: &[u8]) -> Option<String> {
    let payload = serde_json::to_vec(claims).ok()?;
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
    let signature = mac(&signed, key)?.finalize().into_bytes();
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// The claims of a token that we signed and that has not ended.
pub(crate) fn verify(token: &str, key: &[u8], now_s: i64) -> Option<Claims> {
    if token.len() > TOKEN_BYTES_MAX {
        return None;
    }
    let (signed, signature) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
    mac(signed, key)?.verify_slice(&signature).ok()?;
    if URL_SAFE_NO_PAD.decode(header).ok()? != HEADER.as_bytes() {
        return None;
    }
    let claims: Claims = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    (claims.exp > now_s).then_some(claims)
}

/// A short, keyed fingerprint of a secret, to be put into a token.
pub(crate) fn fingerprint(secret: &str, key: &[u8]) -> String {
    let bytes = mac(secret, key).map(|mac| mac.finalize().into_bytes());
    bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes.get(..12).unwrap_or_default())).unwrap_or_default()
}

fn mac(text: &str, key: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims { account_id: "a".into(), exp: 100, ..Claims::default() }
    }

    #[test]
    fn a_token_is_believed_until_it_ends() {
        let token = sign(&claims(), b"key").expect("a token");
        assert_eq!(token.split('.').count(), 3);
        assert_eq!(verify(&token, b"key", 99), Some(claims()));
        assert_eq!(verify(&token, b"key", 100), None);
        assert_eq!(verify(&token, b"other", 99), None);
    }

    #[test]
    fn another_algorithm_or_a_changed_byte_is_refused() {
        let token = sign(&claims(), b"key").expect("a token");
        let payload = token.split('.').nth(1).expect("a payload");
        let none = format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
        assert_eq!(verify(&none, b"key", 0), None);
        for place in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("text");
            // The last digit of a base64 text may carry unused bits; the decoder refuses those too.
            assert_eq!(verify(&changed, b"key", 0), None, "byte {place}");
        }
        for odd in ["", ".", "..", "a.b", "a.b.c", "é.é.é"] {
            assert_eq!(verify(odd, b"key", 0), None);
        }
    }
}
