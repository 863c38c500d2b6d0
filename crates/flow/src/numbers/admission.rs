//! Who may be answered at all, and who may use the account's catch-all (reference sections 1.2, 1.3 and 1.6).

use std::time::Duration;

use super::is_reconcilable;

/// Whether callflows answer a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// At once.
    Now,
    /// After this time, so that a trunk's own equipment can answer first.
    After(Duration),
    /// Not at all; somebody else may.
    Never,
}

/// How long a `sys_info` trunk's own equipment is let go first.
const TRUNK_HEAD_START: Duration = Duration::from_millis(500);

/// Whether callflows answer (reference section 1.2). `authorizing_type` is what authenticated the call, `number` the
/// normalised number.
pub fn answering(has_account: bool, authorizing_type: Option<&str>, number: &str) -> Answering {
    if !has_account {
        return Answering::Never;
    }
    match authorizing_type {
        None
        | Some(
            "account" | "user" | "device" | "mobile" | "callforward" | "clicktocall" | "click2call"
            | "conference" | "resource",
        ) => Answering::Now,
        Some("sys_info") if !is_reconcilable(number) => Answering::After(TRUNK_HEAD_START),
        Some(_) => Answering::Never,
    }
}

/// The facts that decide whether a call may use the catch-all `no_match`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CatchAll<'a> {
    /// What authenticated the call.
    pub authorizing_type: Option<&'a str>,
    /// `Referred-By` names a SIP user name of the account.
    pub referred_by_known: bool,
    /// `Redirected-By` names a SIP user name of the account.
    pub redirected_by_known: bool,
    /// The operator allows authorisation by context, and this call's context is one of those allowed.
    pub context_allowed: bool,
}

impl CatchAll<'_> {
    /// Whether it may (reference section 1.6). Callers from outside never may: they reach numbers and patterns only.
    pub fn is_allowed(&self) -> bool {
        self.referred_by_known
            || self.redirected_by_known
            || self.context_allowed
            || self.authorizing_type.is_some_and(|kind| kind != "resource" && kind != "sys_info")
    }
}

/// The SIP user name in a `Referred-By` or `Redirected-By` value, taken as `.*sip:(.*)@.*` would (reference section 1.3).
pub fn sip_user(header: &str) -> Option<&str> {
    let (before, _) = header.rsplit_once('@')?;
    before.rsplit_once("sip:").map(|(_, user)| user)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_answered() {
        let later = Answering::After(Duration::from_millis(500));
        let table = [
            (true, Some("account"), "1001", Answering::Now),
            (true, Some("user"), "1001", Answering::Now),
            (true, Some("device"), "+14155550100", Answering::Now),
            (true, Some("mobile"), "1001", Answering::Now),
            (true, Some("callforward"), "1001", Answering::Now),
            (true, Some("clicktocall"), "1001", Answering::Now),
            (true, Some("click2call"), "1001", Answering::Now),
            (true, Some("conference"), "1001", Answering::Now),
            (true, Some("resource"), "+14155550100", Answering::Now),
            (true, None, "1001", Answering::Now),
            (true, Some("sys_info"), "1001", later),
            (true, Some("sys_info"), "+14155550100", Answering::Never),
            (true, Some("robot"), "1001", Answering::Never),
            (false, Some("device"), "1001", Answering::Never),
            (false, None, "1001", Answering::Never),
        ];
        for (has_account, kind, number, answer) in table {
            assert_eq!(answering(has_account, kind, number), answer, "{kind:?} {number}");
        }
    }

    #[test]
    fn who_may_use_the_catch_all() {
        let of = |authorizing_type| CatchAll { authorizing_type, ..CatchAll::default() };
        for (kind, allowed) in [
            (Some("device"), true),
            (Some("user"), true),
            (Some("account"), true),
            (Some("resource"), false),
            (Some("sys_info"), false),
            (None, false),
        ] {
            assert_eq!(of(kind).is_allowed(), allowed, "{kind:?}");
            assert!(CatchAll { referred_by_known: true, ..of(kind) }.is_allowed());
            assert!(CatchAll { redirected_by_known: true, ..of(kind) }.is_allowed());
            assert!(CatchAll { context_allowed: true, ..of(kind) }.is_allowed());
        }
    }

    #[test]
    fn the_user_of_a_referring_header() {
        let table = [
            ("<sip:alice@example.org>", Some("alice")),
            ("\"A\" <sip:alice@example.org>;x=sip:b", Some("alice")),
            ("sip:a@b@example.org", Some("a@b")),
            ("sips:alice@example.org", None),
            ("<sip:example.org>", None),
            ("alice@example.org", None),
            ("", None),
        ];
        for (header, user) in table {
            assert_eq!(sip_user(header), user, "{header}");
        }
    }
}
