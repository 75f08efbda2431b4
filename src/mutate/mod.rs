//! Mutants: a healthy run is made again and again, each time with one thing wrong in what it reads, and some gate must
//! notice.
//!
//! What is mutated is what was read, and that is tracked: a type passes over a part of a reply, or asks for it; a
//! script is told something else when a part is another, or it is not. A run that ends as the healthy one did, though
//! it read something that is wrong, is a survivor.

mod course;
mod listed;
mod mutant;
mod part;
mod runs;
mod study;
mod survey;
mod watch;
mod world;

#[cfg(test)]
mod tests;

pub use listed::{Listed, Mutation};
pub use study::{Report, Study, Survivor};
