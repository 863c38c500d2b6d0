//! Passwords of N2FE users: PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2), a salt and a count of rounds for each.
//!
//! Hashing is slow on purpose, so it is done on the caller's thread, never on the one that writes. Not here: the hashes
//! that Kazoo's clients force on us (`credentials`), and who may do what (crate `api`).

use std::num::NonZeroU32;

use pbkdf2::pbkdf2_hmac_array;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::document::{Author, Document, N2FE_USER, NewDocument, Object, Private, Save};
use crate::error::{Result, StoreError};
use crate::random::{self, hex};
use crate::sqlite::{documents as sql, services};
use crate::store::Store;

/// Hidden member with the hash: `pbkdf2-sha256$<rounds>$<salt>$<hash>`, salt and hash in hex.
pub(crate) const MEMBER: &str = "pvt_password";
const SCHEME: &str = "pbkdf2-sha256";
/// The longest password that is looked at, in bytes.
const PASSWORD_BYTES_MAX: usize = 1_024;

impl Store {
    /// Makes an N2FE user; `password` in the body becomes a hidden hash. Slow on purpose.
    ///
    /// # Errors
    /// As [`Store::create`]; `Exists` when somebody in the system has the user name; `Invalid` without one.
    pub fn create_login(&self, account: &str, mut body: Object, author: &Author) -> Result<Document> {
        let mut private = Object::new();
        self.hide(&mut body, &mut private)?;
        let kind = N2FE_USER.to_owned();
        let new = NewDocument { account: account.to_owned(), id: None, kind, body, private };
        self.create(new, author)
    }

    /// Saves an N2FE user; without `password` in the body the old one stays. Slow on purpose.
    ///
    /// # Errors
    /// As [`Store::save`] and [`Store::create_login`].
    pub fn save_login(
        &self,
        account: &str,
        id: &str,
        mut body: Object,
        expected: Option<&str>,
        author: &Author,
    ) -> Result<Document> {
        let mut private = Object::new();
        self.hide(&mut body, &mut private)?;
        self.save(account, id, Save { expected, body, private: Private::Merge(private) }, author)
    }

    /// The N2FE user with this name and password. Takes as long for a name that nobody has. Slow on purpose.
    ///
    /// # Errors
    /// `NotFound` when there is no such user, or it has another password or none.
    pub fn login(&self, username: &str, password: &str) -> Result<Document> {
        let username = username.to_lowercase();
        let found = self.database().read(|db| match services::login(db, &username)? {
            Some((account, id)) => sql::find(db, &account, &id),
            None => Ok(None),
        })?;
        let found = found.filter(|user| !user.deleted);
        let kept = found.as_ref().and_then(|user| user.private.get(MEMBER)).and_then(Value::as_str);
        let decoy = format!("{SCHEME}${}${}$", self.options().password_rounds, "00".repeat(16));
        if password.len() <= PASSWORD_BYTES_MAX
            && is_password(kept.unwrap_or(&decoy), password)
            && let Some(user) = found
        {
            return Ok(user);
        }
        Err(StoreError::not_found("user", "with this password"))
    }

    /// Takes `password` out of a body and leaves its hash among the hidden members.
    pub(crate) fn hide(&self, body: &mut Object, private: &mut Object) -> Result<()> {
        if let Some(Value::String(password)) = body.shift_remove("password")
            && !password.is_empty()
        {
            if password.len() > PASSWORD_BYTES_MAX {
                return Err(StoreError::Invalid(format!(
                    "the password has more than {PASSWORD_BYTES_MAX} bytes"
                )));
            }
            let kept = private.get(MEMBER).and_then(Value::as_str);
            // An import of the same password makes no change.
            if !kept.is_some_and(|kept| is_password(kept, &password)) {
                let hash = hashed(&password, self.options().password_rounds)?;
                private.insert(MEMBER.to_owned(), Value::String(hash));
            }
        }
        Ok(())
    }
}

fn hashed(password: &str, rounds: NonZeroU32) -> Result<String> {
    let salt = hex(&random::bytes::<16>()?);
    let hash = derive(password, &salt, rounds.get());
    Ok(format!("{SCHEME}${rounds}${salt}${hash}"))
}

fn is_password(kept: &str, password: &str) -> bool {
    let mut parts = kept.split('$');
    let (Some(SCHEME), Some(rounds), Some(salt), Some(hash), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let Ok(rounds) = rounds.parse() else { return false };
    derive(password, salt, rounds).as_bytes().ct_eq(hash.as_bytes()).into()
}

fn derive(password: &str, salt: &str, rounds: u32) -> String {
    hex(&pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt.as_bytes(), rounds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other() {
        let kept = hashed("geheim", NonZeroU32::MIN).unwrap();
        assert!(is_password(&kept, "geheim"));
        assert!(!is_password(&kept, "Geheim"));
        assert_ne!(kept, hashed("geheim", NonZeroU32::MIN).unwrap(), "the salt differs");
        for broken in ["", "geheim", "pbkdf2-sha256$1$00", "md5$1$00$00", "pbkdf2-sha256$x$00$00"] {
            assert!(!is_password(broken, "geheim"), "{broken}");
        }
    }

    #[test]
    fn the_function_is_the_one_of_the_standard() {
        // RFC 7914 section 11: PBKDF2-HMAC-SHA-256, "passwd", "salt", 1 round; the first 32 of 64 bytes.
        assert_eq!(
            derive("passwd", "salt", 1),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        );
    }
}
