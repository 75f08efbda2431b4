//! What a running script stands on: guard and permit, gates, steps, clock, secrets, waits.
//!
//! The host never names a primitive and never prints: primitives call it, and everything it learns goes into the
//! journal.

mod answers;
mod cache;
mod call;
mod change;
mod clock;
mod deed;
mod ensure;
mod gate;
mod guard;
mod mark;
mod permit;
mod reads;
mod session;
mod setting;
mod settle;
mod state;
mod stop;

pub use answers::{Answers, Asked};
pub use call::{At, Call};
pub(crate) use call::{excerpt, key_without_login, parse, parse_noting, success};
pub use change::{Change, Verb};
pub use clock::Clock;
pub use deed::{Deed, Member};
pub use ensure::{Draft, Ensure};
pub use gate::{GateOptions, Ruling};
pub(crate) use guard::unconfirmable;
pub use mark::{Course, Mark, Station};
pub use permit::Permit;
pub use reads::{Made, Noted, Parsed, Reads, Spot};
pub(crate) use session::unknown_secret;
pub use session::{Host, Mode, Quote, Session};
pub use setting::{Setting, Settings};
pub use state::{Header, Outcome, Place, Section};
pub use stop::{Stop, StopKind};
