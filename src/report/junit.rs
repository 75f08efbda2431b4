//! JUnit, as Jenkins reads it: a suite a step, a case a gate.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use crate::host::Ruling;
use crate::journal::{Event, Line};

/// The last pass of a run as a JUnit document.
pub fn junit(lines: &[Line]) -> anyhow::Result<String> {
    let start = lines.iter().rposition(|line| matches!(line.event, Event::Pass { .. })).unwrap_or(0);
    let name = lines.iter().find_map(|line| match &line.event {
        Event::Begin(begin) => Some(begin.id.clone()),
        _ => None,
    });
    let mut report = Report::new(name.unwrap_or_else(|| "omega".to_string()));
    let mut suite: Option<TestSuite> = None;
    for line in &lines[start..] {
        if let Event::StepOpen { step, title, .. } = &line.event {
            report.add_test_suites(suite.take());
            suite = Some(TestSuite::new(format!("{step} {title}")));
        }
        if let (Some(case), Some(suite)) = (case(&line.event), suite.as_mut()) {
            suite.add_test_case(case);
        }
    }
    report.add_test_suites(suite);
    Ok(report.to_string()?)
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
