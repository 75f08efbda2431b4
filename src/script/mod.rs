//! The seam between Rust and scripts: how types look to a script, what a handle is, and how a primitive is declared.
//!
//! One declaration gives registration, signature, documentation and check. Nothing here knows a cloud.

mod absent;
mod declare;
#[macro_use]
mod declare_macros;
mod equal;
mod form;
mod handle;
mod limits;
mod list;
mod measure;
mod position;
mod ty;
mod value;
mod vocabulary;

pub use absent::Absent;
pub use declare::{
    Body, Declared, Effect, FieldDecl, Methods, OptionField, Options, Param, Primitive, Receiver, Run, Says, Sight,
    check_fields, did_you_mean, param, param_of, take_field, take_param, unwrapped,
};
pub use equal::{Absence, equal, unlike};
pub use form::Form;
pub(crate) use handle::Known;
pub use handle::{Handle, Object, Source};
pub use limits::Limits;
pub use list::{List, Listing};
pub use measure::Measure;
pub use position::{narrow, place_of};
pub use ty::Ty;
pub use value::{Answer, Block, OrAbsent, Script, Told, Value, canonical, shown};
pub(crate) use value::{describe, shown_json};
pub use vocabulary::{Bound, Charm, Held, Vocabulary, bounded, held};
