//! What becomes of a user's password: two hashes, and the password is forgotten.
//!
//! Kazoo's clients send MD5 or SHA-1 of `username:password` (reference section 2); those hashes are what must be
//! kept to answer them. Not here: tokens, who may do what (crate `api`).

use md5::{Digest, Md5};
use serde_json::Value;
use sha1::Sha1;

use crate::document::Object;
use crate::random::hex;

/// Hidden member with the MD5 of `username:password`, 32 lower-case hex digits.
pub(crate) const MD5_MEMBER: &str = "pvt_md5_auth";
/// Hidden member with the SHA-1 of `username:password`, 40 lower-case hex digits.
pub(crate) const SHA1_MEMBER: &str = "pvt_sha1_auth";

/// MD5 and SHA-1 of `username:password` as lower-case hex; the name is lower-cased first.
pub(crate) fn hashes(username: &str, password: &str) -> (String, String) {
    let text = format!("{}:{password}", username.to_lowercase());
    (hex(&Md5::digest(&text)), hex(&Sha1::digest(&text)))
}

/// Takes `password` out of a user's body and leaves its hashes among the hidden members; lower-cases `username`.
/// Without a user name there is nothing to hash with: the password is dropped.
pub(crate) fn hide_password(body: &mut Object, private: &mut Object) {
    if let Some(Value::String(name)) = body.get_mut("username") {
        *name = name.to_lowercase();
    }
    let password = body.shift_remove("password");
    let (Some(Value::String(name)), Some(Value::String(password))) = (body.get("username"), password) else {
        return;
    };
    if name.is_empty() || password.is_empty() {
        return;
    }
    let (md5, sha1) = hashes(name, &password);
    private.insert(MD5_MEMBER.to_owned(), Value::String(md5));
    private.insert(SHA1_MEMBER.to_owned(), Value::String(sha1));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn password_becomes_hashes() {
        let mut body = Object::new();
        body.insert("username".to_owned(), json!("Alice"));
        body.insert("password".to_owned(), json!("secret"));
        let mut private = Object::new();
        hide_password(&mut body, &mut private);
        assert_eq!(Value::Object(body), json!({"username": "alice"}));
        // printf 'alice:secret' | md5sum, sha1sum
        assert_eq!(private[MD5_MEMBER], json!("6f622058968bb90757e6c6ed79e5df81"));
        assert_eq!(private[SHA1_MEMBER], json!("6985e52cea44a28695d5c440bd42f57e9f50b7b1"));
    }
}
