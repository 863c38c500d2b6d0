//! Whose certificate a report believes: `--ca-file`, `--insecure`.

use odin_standin::World;

use super::*;

#[test]
fn a_private_authority_is_believed_when_its_file_is_named() {
    let server = Server::behind_tls(World::realistic());
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        std::fs::write(folder.path().join(name), content).unwrap();
        path(folder.path(), name)
    };
    let authority = file("ca.pem", server.listening.authority.as_deref().unwrap());
    let report = |more: &[&str]| {
        let output = server.report(&[&["--number", "3000"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };

    let (code, drawn, said) = report(&[]);
    assert_eq!((code, drawn.as_str()), (Some(69), ""), "{said}");
    assert!(said.contains("OD2004") && said.contains("authority's certificate"), "{said}");
    assert_eq!(server.standin.counts().requests, 0, "no password went to somebody unknown");

    let (code, drawn, said) = report(&["--ca-file", &authority]);
    assert!(code == Some(0) && drawn.starts_with("Call to: Main (3000)"), "{code:?} {said}");
    assert!(!said.contains("any certificate"), "{said}");

    let (code, drawn, said) = report(&["--insecure"]);
    assert!(code == Some(0) && drawn.starts_with("Call to: Main (3000)"), "{code:?} {said}");
    assert!(said.contains("warning: any certificate is believed"), "{said}");

    let other = file("other.pem", Server::behind_tls(World::plain()).listening.authority.as_deref().unwrap());
    assert_eq!(report(&["--ca-file", &other]).0, Some(69), "the authority of somebody else");
    let (code, _, said) = report(&["--ca-file", &file("empty.pem", "nothing")]);
    assert!(code == Some(2) && said.contains("OD1001"), "{code:?} {said}");
    assert_eq!(report(&["--ca-file", "/nowhere/ca.pem"]).0, Some(66));
    assert_eq!(report(&["--ca-file", &authority, "--insecure"]).0, Some(2), "one or the other");
}
