//! The way through a healthy run: where it was between its steps and looks, and what it asked from there to the next
//! place. A mutant's run begins at the first step that meets what is altered, and ends where it is again as the healthy
//! one was; what lies between two such steps is not run again.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::watch::{Came, came};
use super::world::Cursor;
use crate::host::{Course, Host, Mark, Reads, Station};
use crate::journal::Line;
use crate::transport::Interrupt;

/// A healthy run, by the places it came through.
#[derive(Default)]
pub struct Way {
    places: Vec<Place>,
    came: Came,
}

/// A place with what comes after it, up to the next.
struct Place {
    mark: Mark,
    /// The stretch of the world.
    at: usize,
    /// How many signs of the run came before it.
    signs: usize,
    /// Requests and files.
    asked: BTreeSet<String>,
    /// The stretch in which it ends.
    until: usize,
}

/// Where what is altered is met: the stretches in which a request is answered so, and those that such a change ends.
#[derive(Debug, Default)]
pub struct Met {
    /// As a reply, by the stretch.
    pub read: BTreeSet<usize>,
    /// As the answer to a change, by the stretch that it ends.
    pub sent: BTreeSet<usize>,
}

/// Notes the way of a healthy run.
pub struct Notes {
    cursor: Cursor,
    reads: Arc<Reads>,
    places: Mutex<Vec<Place>>,
}

impl Notes {
    /// Over what the run reads and where it is in the world.
    pub fn new(cursor: Cursor, reads: Arc<Reads>) -> Self {
        Notes { cursor, reads, places: Mutex::default() }
    }

    /// The way, once the run is over.
    pub fn way(&self, lines: &[Line]) -> Way {
        self.end_place();
        let mut places = std::mem::take(&mut *self.places.lock());
        for place in &mut places {
            place.signs = came(lines.iter().take(place.mark.lines().len())).len();
        }
        Way { places, came: came(lines) }
    }

    fn end_place(&self) {
        let (asked, until) = (self.reads.take_asked(), self.cursor.at());
        if let Some(last) = self.places.lock().last_mut() {
            (last.asked, last.until) = (asked, until);
        }
    }

    fn note(&self, host: &Host) {
        self.end_place();
        let at = self.cursor.at();
        self.places.lock().push(Place { mark: host.mark(), at, signs: 0, asked: BTreeSet::new(), until: at });
    }
}

impl Course for Notes {
    fn begins(&self) -> Option<&Mark> {
        None
    }
    fn at_step(&self, host: &Host) {
        self.note(host);
    }
    fn at_look(&self, host: &Host) -> Option<&Mark> {
        self.note(host);
        None
    }
}

impl Way {
    /// The places from which a file is read.
    pub fn reads(&self, path: &str) -> BTreeSet<usize> {
        self.places_that(|place| place.asked.contains(path))
    }

    /// The places from which a reply is met.
    pub fn meets(&self, asked: &str, met: &Met) -> BTreeSet<usize> {
        self.places_that(|place| {
            let is_read = place.asked.contains(asked) && met.read.range(place.at..=place.until).next().is_some();
            is_read || met.sent.range(place.at..place.until).next().is_some()
        })
    }

    fn places_that(&self, holds: impl Fn(&Place) -> bool) -> BTreeSet<usize> {
        self.places.iter().enumerate().filter(|(_, place)| holds(place)).map(|(at, _)| at).collect()
    }

    /// The step in which the first of these places lies that is not before another.
    pub fn step_of_first(&self, meets: &BTreeSet<usize>, from: usize) -> Option<usize> {
        let first = *meets.range(from..).next()?;
        (0..=first).rev().find(|at| self.station(*at).wait == 0)
    }

    fn station(&self, at: usize) -> Station {
        self.places[at].mark.station()
    }

    fn find(&self, station: Station) -> Option<usize> {
        self.places.binary_search_by_key(&station, |place| place.mark.station()).ok()
    }
}

/// The part of the way that a mutant's run takes.
pub struct Part {
    way: Arc<Way>,
    /// The places from which what is altered is met.
    meets: Arc<BTreeSet<usize>>,
    /// Where it begins.
    from: usize,
    cursor: Cursor,
    reads: Arc<Reads>,
    ends: Interrupt,
    left: Mutex<Option<Left>>,
}

/// A run that was again as the healthy one: all that comes is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// Whether scripts were told something else on the way.
    pub told_else: bool,
    /// The step that meets what is altered again.
    pub next: Option<usize>,
}

impl Part {
    /// From a step of the way, in a world of its own.
    pub fn new(
        (way, meets): (Arc<Way>, Arc<BTreeSet<usize>>),
        from: usize,
        cursor: Cursor,
        reads: Arc<Reads>,
        ends: Interrupt,
    ) -> Self {
        cursor.put(way.places[from].at);
        Part { way, meets, from, cursor, reads, ends, left: Mutex::default() }
    }

    /// How it was left, if the healthy way goes on where it ended.
    pub fn left(&self) -> Option<Left> {
        *self.left.lock()
    }

    /// Whether the run, of which these are all lines, came to something else than the healthy one.
    pub fn differs(&self, lines: &[Arc<Line>]) -> bool {
        !self.came_as(lines, self.way.came.len())
    }

    fn came_as(&self, lines: &[Arc<Line>], signs: usize) -> bool {
        let begun = &self.way.places[self.from];
        let own = lines.iter().skip(begun.mark.lines().len()).map(|line| &**line);
        self.way.came.get(begun.signs..signs).is_some_and(|healthy| came(own) == healthy)
    }

    fn is_as(&self, host: &Host, place: &Place) -> bool {
        self.cursor.at() == place.at
            && host.goes_on_as(&place.mark)
            && self.came_as(&host.session.journal.shared(), place.signs)
    }
}

impl Course for Part {
    fn begins(&self) -> Option<&Mark> {
        Some(&self.way.places[self.from].mark)
    }

    fn at_step(&self, host: &Host) {
        let Some(at) = self.way.find(host.station()).filter(|_| !self.ends.is_raised()) else { return };
        let next = self.way.step_of_first(&self.meets, at);
        let place = &self.way.places[at];
        if next != Some(at) && self.is_as(host, place) {
            *self.left.lock() = Some(Left { told_else: self.reads.told() != place.mark.told(), next });
            self.ends.raise();
        }
    }

    /// Looks that do not meet what is altered see what the healthy run saw.
    fn at_look(&self, host: &Host) -> Option<&Mark> {
        let at = self.way.find(host.station()).filter(|_| !self.ends.is_raised())?;
        if self.meets.range(self.from..at).next().is_some() {
            return None;
        }
        let wait = |at: usize| Station { look: 0, ..self.way.station(at) };
        let last = self.meets.range(at..).next().copied().unwrap_or(self.way.places.len() - 1);
        let to = (at..=last).take_while(|later| wait(*later) == wait(at)).last().filter(|to| *to > at)?;
        self.cursor.put(self.way.places[to].at);
        Some(&self.way.places[to].mark)
    }
}
