//! A page that stands alone: its look and its search are inside, and it asks no network for anything.

use std::fmt::Write;

use super::said::{Piece, Said};

/// An entry of a page's table of contents.
pub struct Entry {
    /// The anchor.
    pub anchor: String,
    /// The words.
    pub words: String,
}

/// A text as HTML shows it.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

/// A sentence.
#[must_use]
pub fn sentence(said: &Said) -> String {
    let pieces = said.0.iter().map(|piece| match piece {
        Piece::Text(text) => prose(text),
        Piece::Code(code) => format!("<code>{}</code>", escaped(code)),
    });
    pieces.collect()
}

/// A text whose lines flow: it breaks where a paragraph ends or an item of a list begins, and not where its source did.
fn flowing(text: &str) -> String {
    let mut flowing = String::new();
    for line in text.trim().lines().map(str::trim) {
        let breaks = line.is_empty() || line.starts_with("- ") || flowing.is_empty() || flowing.ends_with('\n');
        flowing.push_str(match (line.is_empty(), breaks) {
            (true, _) if !flowing.ends_with("\n\n") => "\n\n",
            (false, true) if line.starts_with("- ") && !flowing.ends_with('\n') => "\n",
            (false, false) => " ",
            _ => "",
        });
        flowing.push_str(line);
    }
    flowing
}

/// Words in which back-ticks mark script.
#[must_use]
pub fn prose(text: &str) -> String {
    // A part of a sentence keeps the blanks at its ends.
    let text = if text.contains('\n') { flowing(text) } else { text.to_string() };
    let parts: Vec<&str> = text.split('`').collect();
    let is_marked = parts.len() % 2 == 1;
    let told = parts.iter().enumerate().map(|(at, part)| match at % 2 {
        1 if is_marked => format!("<code>{}</code>", escaped(part)),
        1 => format!("`{}", escaped(part)),
        _ if at > 0 && !is_marked => format!("`{}", escaped(part)),
        _ => escaped(part),
    });
    told.collect()
}

/// The page: a title, what stands under it, a table of contents beside it.
#[must_use]
pub fn page(title: &str, contents: &[Entry], body: &str) -> String {
    let mut links = String::new();
    for entry in contents {
        let _ = writeln!(links, "<a href=\"#{}\">{}</a>", escaped(&entry.anchor), escaped(&entry.words));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<nav aria-label=\"Contents\">\n\
         <input type=\"search\" id=\"search\" placeholder=\"Search\" aria-label=\"Search this page\">\n{links}</nav>\n\
         <main>\n{body}</main>\n<script>\n{SEARCH}</script>\n</body>\n</html>\n",
        title = escaped(title)
    )
}

const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1c1e21; --paper: #fff; --soft: #5b6169; --line: #d9dce1; --tint: #f4f5f7;
  --link: #0b57d0; --ok: #146c2e; --warn: #8a4b00; --warn-tint: #fff4e0; --stop: #a50e0e; --stop-tint: #fdecec; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e5e8; --paper: #17191c; --soft: #a3a9b2; --line: #363a40;
  --tint: #212429; --link: #8ab4f8; --ok: #81c995; --warn: #fdc069; --warn-tint: #33280f; --stop: #f6aea9; --stop-tint: #3a1a1a; } }
* { box-sizing: border-box; }
body { margin: 0; display: flex; align-items: flex-start; color: var(--ink); background: var(--paper);
  font: 16px/1.55 system-ui, sans-serif; }
nav { position: sticky; top: 0; width: 17rem; max-height: 100vh; overflow: auto; padding: 1.2rem; border-right: 1px solid var(--line);
  font-size: .9rem; flex: none; }
nav a { display: block; padding: .12rem 0; text-decoration: none; overflow-wrap: anywhere; }
nav input { width: 100%; margin-bottom: .8rem; padding: .4rem; font: inherit; color: inherit; background: var(--tint);
  border: 1px solid var(--line); border-radius: 4px; }
main { max-width: 56rem; padding: 1.2rem 2rem 6rem; min-width: 0; overflow-wrap: anywhere; }
a { color: var(--link); }
h1 { line-height: 1.2; } h2 { margin-top: 2.4rem; border-bottom: 1px solid var(--line); padding-bottom: .2rem; }
code, pre { font: .875em/1.5 ui-monospace, monospace; background: var(--tint); border-radius: 3px; }
code { padding: .08em .3em; } pre { padding: .8rem; overflow-x: auto; } pre code { padding: 0; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; padding-right: 1.2rem; vertical-align: top; }
td { vertical-align: top; } .soft { color: var(--soft); } .about { white-space: pre-line; }
article { margin: 1rem 0; } ol.do, ol.do ol { padding-left: 1.4rem; } ol.do li { margin: .5rem 0; }
.kind { font-size: .72rem; font-weight: 700; letter-spacing: .04em; text-transform: uppercase; margin-right: .4rem; color: var(--soft); }
.gate > .kind { color: var(--ok); } .change > .kind { color: var(--warn); } .ask > .kind { color: var(--link); }
.change { background: var(--warn-tint); border-left: 4px solid var(--warn); padding: .3rem .7rem; }
.stop { background: var(--stop-tint); border-left: 4px solid var(--stop); padding: .5rem .8rem; color: var(--stop); font-weight: 600; }
.exit { border-left: 4px solid var(--ok); padding-left: .8rem; }
.more { margin: .1rem 0 .1rem 0; font-size: .92em; color: var(--soft); }
@media (max-width: 50rem) { body { display: block; } nav { position: static; width: auto; max-height: 40vh; border-right: 0;
  border-bottom: 1px solid var(--line); } main { padding: 1rem; } }
@media print { nav { display: none; } }
";

/// Hides what does not hold the words; without a script the page is whole, and the browser's own search finds all.
const SEARCH: &str = "\
const field = document.getElementById('search');
const parts = [...document.querySelectorAll('main article')];
const links = [...document.querySelectorAll('nav a')];
field.addEventListener('input', () => {
  const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
  const holds = (node) => words.every((word) => node.textContent.toLowerCase().includes(word));
  for (const part of parts) part.hidden = !holds(part);
  for (const section of document.querySelectorAll('main section')) {
    const own = [...section.querySelectorAll('article')];
    section.hidden = own.length > 0 && own.every((part) => part.hidden);
    const link = links.find((link) => link.hash === '#' + encodeURI(section.id) || link.hash === '#' + section.id);
    if (link) link.hidden = section.hidden;
  }
});
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_runbook_becomes_markup() {
        let nasty = "<script>alert(\"1\")</script> & 'x' `</code><b>`";
        let shown = prose(nasty);
        assert!(!shown.contains("<script") && !shown.contains("<b>"), "{shown}");
        assert!(shown.contains("<code>&lt;/code&gt;&lt;b&gt;</code>"), "{shown}");
        assert_eq!(prose("a ` b"), "a ` b", "a lone mark is a letter");
        let page = page("<t>", &[Entry { anchor: "\"><x".to_owned(), words: "<w>".to_owned() }], "");
        assert!(
            page.contains("<title>&lt;t&gt;</title>") && page.contains("href=\"#&quot;&gt;&lt;x\">&lt;w&gt;</a>"),
            "{page}"
        );
    }

    #[test]
    fn a_page_asks_no_network() {
        let page = page("t", &[], "");
        for word in ["http:", "https:", "src=", "@import", "url("] {
            assert!(!page.contains(word), "{word}");
        }
        assert!(page.contains("prefers-color-scheme: dark"));
    }

    #[test]
    fn a_text_breaks_where_a_paragraph_ends_and_not_where_its_source_did() {
        assert_eq!(
            flowing("One line\n and its\nend.\n\n\nMore:\n- a\n- b\n  and c\n"),
            "One line and its end.\n\nMore:\n- a\n- b and c"
        );
        assert_eq!(prose("say `a\nb` <so>"), "say <code>a b</code> &lt;so&gt;");
    }
}
