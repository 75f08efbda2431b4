//! The reference as one page: an anchor for each name, types that lead to what they have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::page::{Entry, escaped, page, prose};
use crate::primitives;
use crate::script::{Primitive, Ty};

/// The whole reference as HTML.
#[must_use]
pub fn reference_html() -> String {
    let mut sections: BTreeMap<String, Vec<&Primitive>> = BTreeMap::new();
    for primitive in primitives::table() {
        sections.entry(crate::reference::section(primitive)).or_default().push(primitive);
    }
    let types: BTreeSet<&str> =
        primitives::table().iter().filter_map(|primitive| primitive.receiver.as_ref()).map(|it| it.name).collect();
    let contents: Vec<Entry> =
        sections.keys().map(|name| Entry { anchor: anchor(name), words: name.clone() }).collect();
    let mut body = String::from(
        "<h1>What runbooks may say</h1>\n<p class=\"soft\">Made by <code>omega doc --format html</code> from the declarations. \
         Every name is an anchor: add <code>#maas::subnet</code> to the address.</p>\n",
    );
    for (name, primitives) in &sections {
        let _ = writeln!(body, "<section id=\"{0}\">\n<h2><a href=\"#{0}\">{1}</a></h2>", anchor(name), escaped(name));
        if let Some(receiver) = primitives.first().and_then(|primitive| primitive.receiver.as_ref()) {
            let _ = writeln!(body, "<p class=\"about\">{}</p>", prose(receiver.doc));
        }
        primitives.iter().for_each(|primitive| body.push_str(&article(primitive, &types)));
        body.push_str("</section>\n");
    }
    page("omega: what runbooks may say", &contents, &body)
}

/// `type Network` is `type-Network`, `maas::` is `maas`.
fn anchor(section: &str) -> String {
    escaped(&section.trim_end_matches(':').replace(' ', "-"))
}

fn article(primitive: &Primitive, types: &BTreeSet<&str>) -> String {
    let name = escaped(&primitive.full_name());
    let mut text = format!(
        "<article id=\"{name}\">\n<p><a href=\"#{name}\"><code>{name}</code></a>{} <span class=\"kind\">{}</span></p>\n\
         <p class=\"about\">{}</p>\n",
        signature(primitive, types),
        primitive.effect.word(),
        prose(&primitive.about())
    );
    for param in &primitive.params {
        if let Ty::Options(fields) = &param.ty {
            let _ = writeln!(text, "<ul>");
            for field in fields {
                let need = if field.required { "" } else { " <span class=\"soft\">may be left out</span>" };
                let doc = prose(&field.about());
                let _ =
                    writeln!(text, "<li><code>{}: {}</code>{need} {doc}</li>", field.name, linked(&field.ty, types));
            }
            let _ = writeln!(text, "</ul>");
        }
    }
    text + "</article>\n"
}

/// What stands behind the name; option maps are listed below it.
fn signature(primitive: &Primitive, types: &BTreeSet<&str>) -> String {
    if primitive.is_field {
        return format!("<code>: {}</code>", linked(&primitive.result, types));
    }
    let params: Vec<String> = primitive
        .params
        .iter()
        .map(|param| {
            let ty = if matches!(param.ty, Ty::Options(_)) { "#{ ... }".to_owned() } else { linked(&param.ty, types) };
            format!("{}{}: {ty}", param.name, if param.optional { "?" } else { "" })
        })
        .collect();
    let result = if primitive.result == Ty::Unit {
        String::new()
    } else {
        format!(" -&gt; {}", linked(&primitive.result, types))
    };
    format!("<code>({}){result}</code>", params.join(", "))
}

/// A type whose name leads to its section.
fn linked(ty: &Ty, types: &BTreeSet<&str>) -> String {
    match ty {
        Ty::List(of) => format!("[{}]", linked(of, types)),
        Ty::Maybe(of) | Ty::OrAbsent(of) => format!("{}?", linked(of, types)),
        Ty::Named(name) if types.contains(name) => format!("<a href=\"#type-{name}\">{name}</a>"),
        other => escaped(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_of_the_page_leads_somewhere() {
        let page = reference_html();
        let ids: Vec<&str> = page.split("id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let distinct: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), distinct.len(), "an anchor is there once");
        for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(distinct.contains(link), "#{link}");
        }
        for primitive in primitives::table() {
            assert!(distinct.contains(escaped(&primitive.full_name()).as_str()), "{}", primitive.full_name());
        }
    }
}
