//! JSON pointers (RFC 6901): the way every issue and node says where in a document it stands.
//!
//! Not here: looking a pointer up, which `serde_json::Value::pointer` does.

/// `base` and one more member name or index, escaped: `join("/flow/children", "a/b")` is `/flow/children/a~1b`.
pub fn join(base: &str, member: &str) -> String {
    let mut pointer = String::with_capacity(base.len() + member.len() + 1);
    pointer.push_str(base);
    pointer.push('/');
    for character in member.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_pointer_finds_its_member() {
        let value = serde_json::json!({"a": {"b/c~d": 7, "": 8}});
        assert_eq!(value.pointer(&join("/a", "b/c~d")), Some(&serde_json::json!(7)));
        assert_eq!(value.pointer(&join("/a", "")), Some(&serde_json::json!(8)));
    }
}
