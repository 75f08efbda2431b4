//! JUnit, as Jenkins reads it: a suite a step, a case a gate.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::host::Ruling;
use crate::journal::{Event, Line};

/// The suite of what belongs to no step.
const WHOLE: &str = "the run";

/// The last pass of a run as a JUnit document.
pub fn junit(lines: &[Line]) -> anyhow::Result<String> {
    let start = lines.iter().rposition(|line| matches!(line.event, Event::Pass { .. })).unwrap_or(0);
    let name = lines.iter().find_map(|line| match &line.event {
        Event::Begin(begin) => Some(begin.id.clone()),
        _ => None,
    });
    let mut report = Report::new(name.unwrap_or_else(|| "omega".to_string()));
    let mut suite: Option<TestSuite> = None;
    for event in lines[start..].iter().map(|line| &line.event) {
        if let Event::StepOpen { step, title, .. } = event {
            report.add_test_suites(suite.take());
            suite = Some(TestSuite::new(format!("{step} {title}")));
        }
        if matches!(event, Event::NotRun { .. } | Event::NotReached { .. } | Event::End { .. }) {
            suite = suite.take().and_then(|suite| finished(&mut report, suite));
        }
        for case in cases(event) {
            suite.get_or_insert_with(|| TestSuite::new(WHOLE)).add_test_case(case);
        }
    }
    report.add_test_suites(suite);
    Ok(report.to_string()?)
}

/// Ends the suite of a step; what is of the whole run goes into one suite of its own.
fn finished(report: &mut Report, suite: TestSuite) -> Option<TestSuite> {
    if suite.name.as_str() == WHOLE {
        return Some(suite);
    }
    report.add_test_suite(suite);
    None
}

/// Every way in which a run can fail is a case that fails: a report that is green by omission would be a false pass.
fn cases(event: &Event) -> Vec<TestCase> {
    match event {
        Event::NotRun { steps } => steps.iter().map(|step| failed(step, "not run: an earlier step stopped")).collect(),
        Event::NotReached { sites, .. } => sites.iter().map(|site| failed(site, "this gate was not reached")).collect(),
        Event::Attest { question, by: None, declined: true, .. } => vec![failed(question, "declined")],
        Event::Attest { question, by: None, .. } => vec![TestCase::new(question, skipped("nobody attested it"))],
        Event::End { verdict, .. } => vec![TestCase::new(
            "the verdict",
            match verdict.exit() {
                0 | 2 => TestCaseStatus::success(),
                _ => failure(NonSuccessKind::Failure, verdict.word()),
            },
        )],
        _ => case(event).into_iter().collect(),
    }
}

fn failed(name: &str, words: &str) -> TestCase {
    TestCase::new(name, failure(NonSuccessKind::Failure, words))
}

fn case(event: &Event) -> Option<TestCase> {
    match event {
        Event::Gate { name, subject, ruling, wanted, seen, from, .. } => {
            let name = if subject.is_empty() { name.clone() } else { format!("{name} ({subject})") };
            let text = format!("wanted {wanted}\nseen {seen}\nfrom {from}");
            Some(TestCase::new(name, status(*ruling, &text)))
        }
        Event::Trouble { lines, .. } => {
            Some(TestCase::new("the step runs", failure(NonSuccessKind::Error, &lines.join("\n"))))
        }
        Event::Undecided { cause, .. } => Some(TestCase::new("the step is decided", skipped(cause))),
        _ => None,
    }
}

fn status(ruling: Ruling, text: &str) -> TestCaseStatus {
    match ruling {
        Ruling::Passed | Ruling::Warned => TestCaseStatus::success(),
        Ruling::Failed | Ruling::WouldFail => failure(NonSuccessKind::Failure, text),
        Ruling::Predicted => skipped("predicted: true after the planned changes"),
    }
}

fn failure(kind: NonSuccessKind, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_message(text.lines().next().unwrap_or_default()).set_description(text);
    status
}

fn skipped(text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(text);
    status
}
