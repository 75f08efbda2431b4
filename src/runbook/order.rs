//! The order in which runbooks are run: each after those that must have passed before it.

use crate::host::Header;

/// Puts headers in order. Of those that may run next, the one with the earliest stage comes first; what is run on
/// demand comes last, and so does a circle.
pub fn in_order(mut headers: Vec<Header>, stages: &[&str]) -> Vec<Header> {
    let stage = |header: &Header| stages.iter().position(|name| *name == header.stage).unwrap_or(stages.len());
    headers.sort_by(|a, b| (a.on_demand, stage(a), &a.id).cmp(&(b.on_demand, stage(b), &b.id)));
    let mut ordered: Vec<Header> = Vec::new();
    while !headers.is_empty() {
        let waits =
            |header: &Header| headers.iter().any(|other| other.id != header.id && header.after.contains(&other.id));
        let next = headers.iter().position(|header| !waits(header)).unwrap_or(0);
        ordered.push(headers.remove(next));
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(id: &str, stage: &str, after: &[&str], on_demand: bool) -> Header {
        let after = after.iter().map(ToString::to_string).collect();
        Header { id: id.to_string(), stage: stage.to_string(), after, on_demand, ..Header::default() }
    }

    fn ordered(headers: Vec<Header>) -> Vec<String> {
        in_order(headers, &["lost", "ready"]).into_iter().map(|header| header.id).collect()
    }

    #[test]
    fn a_runbook_comes_after_those_that_it_waits_for_and_then_by_stage() {
        let headers = vec![
            header("a-repair", "lost", &[], true),
            header("deploy", "ready", &["review", "preflight"], false),
            header("preflight", "ready", &["teardown"], false),
            header("review", "ready", &[], false),
            header("teardown", "ready", &[], false),
            header("enroll", "lost", &[], false),
        ];
        assert_eq!(ordered(headers), ["enroll", "review", "teardown", "preflight", "deploy", "a-repair"]);
    }

    #[test]
    fn a_circle_loses_no_runbook() {
        let headers = vec![header("a", "lost", &["b"], false), header("b", "lost", &["a"], false)];
        assert_eq!(ordered(headers), ["a", "b"]);
    }
}
