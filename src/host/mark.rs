//! What a run knows between two steps or before a look of a wait, kept, so that another run of the same runbook goes on
//! from there; and who watches where a run is. It decides nothing: a run that nobody watches knows no marks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::reads::ToldSoFar;
use super::state::State;
use super::{Change, Host, Session};
use crate::journal::{self, Line};
use crate::primitives::juju::settle::Look;
use crate::transport::Secret;

/// A place of a run: between two steps, or before a look of a wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Station {
    /// The round, from 1.
    pub round: u32,
    /// Whether it is the apply; else the plan.
    pub applies: bool,
    /// The step that begins, or that waits, from 0.
    pub step: usize,
    /// The wait within the step, from 1; 0 where the step begins.
    pub wait: usize,
    /// The look of the wait, from 0.
    pub look: usize,
}

impl Station {
    /// Whether it is in the same pass.
    pub fn is_within(&self, other: Station) -> bool {
        (self.round, self.applies) == (other.round, other.applies)
    }
}

/// Who watches where a run is, and may have it begin or go on elsewhere.
pub trait Course: Send + Sync {
    /// Where the run begins; nothing where it begins at its beginning.
    fn begins(&self) -> Option<&Mark>;
    /// A step begins.
    fn at_step(&self, host: &Host);
    /// A wait looks: where the run goes on instead, at a later look of the same wait.
    fn at_look(&self, host: &Host) -> Option<&Mark>;
}

/// What a run knows at a station.
pub struct Mark {
    state: State,
    shared: Shared,
    skipped: Duration,
    journal: journal::Marked,
    told: ToldSoFar,
}

/// What the passes of a run share, and a run may alter.
#[derive(Clone, Default)]
pub(super) struct Shared {
    pub looks: BTreeMap<String, Look>,
    pub secrets: BTreeMap<String, Secret>,
    pub made: BTreeMap<String, Arc<[u8]>>,
}

impl Shared {
    fn is_same(&self, other: &Shared) -> bool {
        let marks = |shared: &Shared| -> Vec<(String, u64, bool)> {
            let secrets = shared.secrets.iter();
            secrets.map(|(name, secret)| (name.clone(), secret.mark(), secret.is_awaited())).collect()
        };
        self.looks == other.looks && self.made == other.made && marks(self) == marks(other)
    }
}

impl Mark {
    /// Where it was made.
    pub fn station(&self) -> Station {
        self.state.spot
    }

    /// The journal up to it.
    pub(crate) fn lines(&self) -> &[Arc<Line>] {
        &self.journal.lines
    }

    /// A digest of what scripts were told up to it.
    pub(crate) fn told(&self) -> u64 {
        self.told.digest()
    }

    /// The planned changes that are still to be made.
    pub(crate) fn permitted(&self) -> Vec<Change> {
        self.state.permitted.iter().cloned().collect()
    }

    /// The steps that an apply may not enter.
    pub(crate) fn not_yet(&self) -> BTreeSet<String> {
        self.state.not_yet.clone()
    }
}

impl Session {
    /// Has the run watched. One that could begin or go on elsewhere would make changes whose plan nobody read: on a cloud
    /// that is not simulated no run is watched.
    pub(crate) fn follow(&mut self, course: Option<Arc<dyn Course>>) {
        self.course = course.filter(|_| self.transport.is_simulated());
    }

    /// Where the run begins, if it begins in the midst.
    pub(crate) fn begins(&self) -> Option<&Mark> {
        self.course.as_ref()?.begins()
    }
}

impl Host {
    /// Where the run is.
    pub fn station(&self) -> Station {
        self.state().spot
    }

    /// What is known here.
    pub(crate) fn mark(&self) -> Mark {
        let session = &self.session;
        let mut state = self.state().clone();
        state.sections.clear();
        // They are for the digest of a plan that a person agrees to; nobody agrees to one that goes on from a mark.
        state.facts.clear();
        Mark {
            state,
            shared: session.shared(),
            skipped: session.clock.skipped(),
            journal: session.journal.mark(),
            told: session.reads.as_ref().map(|reads| reads.told_so_far()).unwrap_or_default(),
        }
    }

    /// Goes on from a mark: with the steps that this pass declared, and all else as it was there. What was read is
    /// asked anew.
    pub(crate) fn resume(&self, mark: &Mark) {
        let mut state = self.state();
        let (sections, header) = (std::mem::take(&mut state.sections), state.header.take());
        *state = State { sections, header, ..mark.state.clone() };
        drop(state);
        self.session.share(&mark.shared);
        self.session.cache.forget();
        self.session.clock.set_skipped(mark.skipped);
        self.session.journal.resume(&mark.journal);
        self.session.reads.iter().for_each(|reads| reads.resume(&mark.told));
    }

    /// Whether a step that begins now, and all after it, goes on as at this mark, if the world answers the same.
    pub(crate) fn goes_on_as(&self, mark: &Mark) -> bool {
        self.session.clock.skipped() == mark.skipped
            && self.state().goes_on_as(&mark.state)
            && self.session.shared().is_same(&mark.shared)
            && self.session.journal.hides_as(&mark.journal)
    }

    /// A pass begins.
    pub(crate) fn begin_pass(&self, round: u32, not_yet: &BTreeSet<String>) {
        let mut state = self.state();
        state.spot = Station { round, applies: self.mode == super::Mode::Apply, ..Station::default() };
        state.not_yet = not_yet.clone();
    }

    /// A step begins.
    pub(crate) fn arrive(&self, step: usize) {
        let mut state = self.state();
        state.spot = Station { step, wait: 0, look: 0, ..state.spot };
        drop(state);
        self.session.course.iter().for_each(|course| course.at_step(self));
    }

    /// A wait looks; its looks are counted from 0. What a closure with variables of its step sees is not kept in marks,
    /// so such a wait looks each time.
    pub(crate) fn arrive_at_look(&self, look: usize, keeps_nothing: bool) -> usize {
        let Some(course) = &self.session.course else { return look };
        let mut state = self.state();
        state.spot.look = look;
        state.spot.wait += usize::from(look == 0);
        drop(state);
        if !keeps_nothing {
            return look;
        }
        course.at_look(self).map_or(look, |mark| {
            self.resume(mark);
            mark.station().look
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Event;

    /// Has a run begin elsewhere.
    struct Onlooker(Mark);

    impl Course for Onlooker {
        fn begins(&self) -> Option<&Mark> {
            Some(&self.0)
        }
        fn at_step(&self, _: &Host) {}
        fn at_look(&self, _: &Host) -> Option<&Mark> {
            None
        }
    }

    #[test]
    fn a_run_on_a_real_cloud_begins_at_its_beginning() {
        use crate::host::session::Nowhere;
        use crate::journal::Journal;
        use crate::transport::{Interrupt, Live};
        let begins = |transport: Box<dyn crate::transport::Transport>| {
            let journal = Arc::new(Journal::in_memory(Vec::new()));
            let mut session = Session::new(transport, journal, Box::new(Nowhere), Interrupt::new());
            session.follow(Some(Arc::new(Onlooker(Host::nowhere().mark()))));
            session.begins().is_some()
        };
        assert!(!begins(Box::new(Live::with_environment(BTreeMap::new(), Interrupt::new()))));
        assert!(begins(Box::new(Nowhere)));
    }

    #[test]
    fn a_run_goes_on_from_a_mark_as_it_was_there() {
        let host = Host::nowhere();
        let note = |text: &str| {
            host.record(Event::Note { step: String::new(), text: text.to_string(), warn: false });
        };
        host.arrive(2);
        note("before");
        let mark = host.mark();
        host.fail_gate();
        host.session.clock.set_skipped(Duration::from_secs(60));
        host.session.add_input("overlays/a.yaml", b"made");
        note("after");
        assert!(!host.goes_on_as(&mark));
        host.resume(&mark);
        assert!(host.goes_on_as(&mark) && !host.gate_failed());
        assert_eq!((host.station().step, host.session.input("overlays/a.yaml")), (2, None));
        assert_eq!(host.session.journal.lines().len(), 1);
    }

    #[test]
    fn each_thing_that_another_step_would_meet_is_compared() {
        let host = Host::nowhere();
        let mark = host.mark();
        let alters: [&dyn Fn(); 5] = [
            &|| host.session.conceal(&Secret::new("five words that nobody knows")),
            &|| host.fail_gate(),
            &|| host.set_undecided("1", "not known"),
            &|| host.session.clock.set_skipped(Duration::from_secs(1)),
            &|| host.session.add_input("a", b"b"),
        ];
        for alter in alters {
            assert!(host.goes_on_as(&mark));
            alter();
            assert!(!host.goes_on_as(&mark));
            host.resume(&mark);
        }
    }
}
