use super::*;

/// The place where `^` stands in a text.
fn split(text: &str) -> (String, usize) {
    let at = text.find('^').expect("a mark");
    (text.replacen('^', "", 1), at)
}

fn told(text: &str) -> String {
    let (source, at) = split(text);
    format!("{:?}", Cursor::of(&source, at).place())
}

#[test]
fn what_may_be_written_is_told_from_the_words_before() {
    for (text, wanted) in [
        ("maas::^", "Path(\"maas\")"),
        ("let a = maas::sub^", "Path(\"maas\")"),
        ("network.^\ngate(1);", "Member(7)"),
        ("f(network.tags(1).^", "Member(17)"),
        ("import \"^\" as net;", "Import"),
        ("import \"ne^", "Import"),
        ("import \"net\"^", "Name"),
        ("let x = \"a.^\";", "Nothing"),
        ("host.status == \"Re^", "Compared(11)"),
        ("host.status in [\"Ready\", \"Re^\"]", "Compared(11)"),
        ("let x = \"a\\\".^", "Nothing"),
        ("// network.^", "Nothing"),
        ("/* a */ network.^", "Member(15)"),
        ("/* network.^ */", "Nothing"),
        ("let na^", "Nothing"),
        ("|x| na^", "Name"),
        ("list.map(|na^", "Nothing"),
        ("`a ${network.^} b`", "Member(12)"),
        ("`a.^ b`", "Nothing"),
        ("1..3.^", "Member(4)"),
        ("", "Name"),
    ] {
        let text = if text.contains('^') { text.to_owned() } else { format!("{text}^") };
        assert_eq!(told(&text), wanted, "{text}");
    }
}

#[test]
fn an_option_map_knows_its_call() {
    let (source, at) =
        split("openstack::ensure_network(\"a\", #{ external: true, tags: [1, f(2)], ^ physnet: \"x\" });");
    let Place::Option(callee) = Cursor::of(&source, at).place() else { panic!("an option") };
    assert_eq!((callee.path, callee.name, callee.argument), (Some("openstack"), "ensure_network", 1));
    assert_eq!(callee.given.into_iter().collect::<Vec<_>>(), ["external", "physnet", "tags"]);
    let (source, at) = split("x.check(#{ vips: [#{ name: 1 }, #{ ^");
    let Place::Option(callee) = Cursor::of(&source, at).place() else { panic!("an option") };
    assert_eq!((callee.name, callee.receiver, callee.within), ("check", Some(1), vec!["vips"]));
    assert_eq!(told("let a = #{ ^"), "Nothing", "no call asks for it");
    assert_eq!(told("f(#{ a: ^"), "Name", "a value, not a field");
}

#[test]
fn a_text_knows_what_it_is_wanted_for() {
    let (source, at) = split("openstack::ensure_network(\"a\", #{ external: true, type: \"^\" });");
    let Place::Argument(callee, None) = Cursor::of(&source, at).place() else { panic!("an argument") };
    assert_eq!((callee.name, callee.argument, callee.within), ("ensure_network", 1, vec!["type"]));
    let (source, at) = split("gate_set(\"x\", host.states(), [\"Ready\", \"^");
    let Place::Argument(callee, Some(end)) = Cursor::of(&source, at).place() else { panic!("an argument") };
    assert_eq!((callee.name, callee.argument, &source[..end]), ("gate_set", 2, "gate_set(\"x\", host.states()"));
    assert_eq!(told("let a = [\"^"), "Nothing", "no call asks for it");
}

#[test]
fn names_in_sight_end_with_their_block() {
    let (source, at) = split(
        "const A = 1; fn f(p, q) { let z = 1; } step(\"1\", \"t\", || { if x { let gone = 1; } for (m, n) in l { let b = 1; ^",
    );
    let cursor = Cursor::of(&source, at);
    assert_eq!(cursor.names().into_iter().collect::<Vec<_>>(), ["A", "b", "m", "n"]);
    assert_eq!(cursor.parameters().into_iter().collect::<Vec<_>>(), Vec::<&str>::new());
    let (source, at) = split("fn f(p, q) { l.map(|x| { if g(y) { ^");
    assert_eq!(Cursor::of(&source, at).parameters().into_iter().collect::<Vec<_>>(), ["p", "q", "x"]);
}

#[test]
fn an_open_text_is_closed() {
    let text = "step(\"1\", \"t\", || { if network.";
    let closed = Cursor::closed(text, text.len() - 1, "");
    assert!(closed.contains(&"step(\"1\", \"t\", || { if network {}})".to_owned()), "{closed:?}");
    assert!(Cursor::closed("`a ${x", 6, "").contains(&"`a ${x}`".to_owned()));
}

#[test]
fn a_chain_is_read_backwards() {
    let text = "let a = openstack::network(\"x\").subnets[0].name";
    let wanted = [Link::PathCall("openstack", "network"), Link::Field("subnets"), Link::Index, Link::Field("name")];
    assert_eq!(Cursor::chain(text, text.len()), wanted);
    assert_eq!(Cursor::chain("(1 + 2)", 7), []);
}

#[test]
fn no_text_breaks_it() {
    for source in ["\"abc", "`abc ${", "(((", ")))", "#{", "#", "?[", "\u{e9}\u{1f600}`\u{e9}${\u{e9}.", "::", ".", "|"]
    {
        for at in 0..=source.len() + 1 {
            let cursor = Cursor::of(source, at);
            let _ = (cursor.place(), cursor.names(), cursor.parameters());
            let _ = (Cursor::closed(source, at, "()"), Cursor::chain(source, at));
        }
    }
}
