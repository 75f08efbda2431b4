//! The known issues of a site: sections of a Markdown file.

/// The section of a Markdown text whose heading begins with the id, without the marker of its heading.
pub fn issue(text: &str, id: &str) -> Option<String> {
    let heading = format!("## {id}");
    let mut lines = text.lines().skip_while(|line| {
        !(line.starts_with(&heading) && line[heading.len()..].starts_with([' ', ':', '\0']) || *line == heading)
    });
    let first = lines.next()?.trim_start_matches("## ");
    let rest: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    Some(format!("{first}\n{}", rest.join("\n").trim_end()))
}

/// The ids of its sections.
pub fn ids(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| line.strip_prefix("## ")?.split([' ', ':']).next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_is_found_by_its_whole_id() {
        let text = "# Known\n\n## KI-10 Ten\nten\n\n## KI-1 One\none\n";
        assert_eq!(issue(text, "KI-1").as_deref(), Some("KI-1 One\none"));
        assert_eq!(issue(text, "KI"), None);
        assert_eq!(ids(text).collect::<Vec<_>>(), ["KI-10", "KI-1"]);
    }
}
