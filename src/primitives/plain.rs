//! Functions of plain values: texts, numbers, lists. A subset that cannot mislead: nothing here answers `()`, and a
//! closure that must answer true or false may answer nothing else.

use std::any::TypeId;

use rhai::{Array, Dynamic, ImmutableString};

use crate::host::{Call, Stop};
use crate::primitives::forms;
use crate::script::{Answer, Block, Declared, Listing, Methods, Receiver, Script, Ty, Value, describe};

/// The longest text that a function here may make.
const LONGEST: usize = 1 << 20;

struct Text;
struct Items;
struct Number;
struct Flag;

impl Methods for Text {
    fn receiver() -> Receiver {
        Receiver { name: "string", doc: "Text.", id: TypeId::of::<ImmutableString>(), rust_name: "string" }
    }
}

impl Methods for Number {
    fn receiver() -> Receiver {
        Receiver { name: "int", doc: "A whole number of 64 bits.", id: TypeId::of::<rhai::INT>(), rust_name: "int" }
    }
}

impl Methods for Flag {
    fn receiver() -> Receiver {
        Receiver { name: "bool", doc: "True or false.", id: TypeId::of::<bool>(), rust_name: "bool" }
    }
}

impl Methods for Items {
    fn receiver() -> Receiver {
        Receiver { name: "[value]", doc: "A list of plain values.", id: TypeId::of::<Array>(), rust_name: "array" }
    }
}

impl Methods for Listing {
    fn receiver() -> Receiver {
        Receiver {
            name: "List",
            doc: "A list of handles, in the order of their names.",
            id: TypeId::of::<Listing>(),
            rust_name: std::any::type_name::<Listing>(),
        }
    }
}

impl Methods for Answer {
    fn receiver() -> Receiver {
        Receiver {
            name: "Answer",
            doc: "A predicate's answer, with what was wanted, what was seen and where from. Gates take it as it is.",
            id: TypeId::of::<Answer>(),
            rust_name: std::any::type_name::<Answer>(),
        }
    }
}

impl Script for Listing {
    fn ty() -> Ty {
        Ty::Named("List")
    }
    fn take(value: Dynamic) -> Result<Self, Stop> {
        value
            .clone()
            .try_cast()
            .ok_or_else(|| Stop::script(format!("expected a list of handles, found {}", describe(&value))))
    }
    fn give(self) -> Dynamic {
        Dynamic::from(self)
    }
}

/// Asks a closure about one element; it must answer true or false.
fn ask(call: &Call<'_>, block: &Block, item: &Dynamic) -> Result<bool, Stop> {
    let answer = apply(call, block, item)?;
    match (answer.as_bool(), answer.read_lock::<Answer>()) {
        (Ok(flag), _) => Ok(flag),
        (Err(_), Some(answer)) => Ok(answer.holds),
        (Err(_), None) => {
            Err(Stop::script(format!("the closure must answer true or false, it answered {}", describe(&answer))))
        }
    }
}

/// Calls a closure; a reason to stop goes on as it is.
pub(super) fn apply(call: &Call<'_>, block: &Block, item: &Dynamic) -> Result<Dynamic, Stop> {
    let result = call.host.looking(|| block.0.call_within_context::<Dynamic>(call.context, (item.clone(),)));
    result.map_err(|error| {
        call.host.latched().or_else(|| call.host.deferral()).unwrap_or_else(|| Stop::script(error.to_string()))
    })
}

fn keep(call: &Call<'_>, items: &[Dynamic], block: &Block) -> Result<Array, Stop> {
    items.iter().filter_map(|item| ask(call, block, item).map(|keep| keep.then(|| item.clone())).transpose()).collect()
}

fn count(call: &Call<'_>, items: &[Dynamic], block: &Block) -> Result<usize, Stop> {
    keep(call, items, block).map(|kept| kept.len())
}

fn bounded(text: String) -> Result<String, Stop> {
    if text.len() > LONGEST { Err(Stop::script("the text grew beyond one megabyte")) } else { Ok(text) }
}

fn filtered(call: &Call<'_>, list: &Listing, block: &Block) -> Result<Listing, Stop> {
    list.filter(|item| ask(call, block, item))
}

/// The declarations.
pub(super) fn declare(all: Declared) -> Declared {
    all.with(texts()).with(items()).with(listings()).with(answers())
}

fn texts() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// Not.
        pure fn not as "!" (call, value: bool) -> bool { Ok(!value) }
        /// The negative number.
        pure fn negative as "-" on Number(call, number: i64) -> i64 { number.checked_neg().ok_or_else(|| Stop::script("the number is too large")) }
        /// The number as text.
        pure fn to_string on Number(call, number: i64) -> String { Ok(number.to_string()) }
        /// The text itself.
        pure fn to_string on Text(call, text: String) -> String { Ok(text) }
        /// `true` or `false`, in a text such as `${answered}`.
        pure fn to_string on Flag(call, flag: bool) -> String { Ok(flag.to_string()) }
        /// Characters in the text.
        pure fn len on Text(call, text: String) -> i64 where forms::COUNT { Ok(text.chars().count() as i64) }
        /// Whether the text has no character.
        pure fn is_empty on Text(call, text: String) -> bool { Ok(text.is_empty()) }
        /// Whether the text holds another.
        pure fn contains on Text(call, text: String, part: String) -> bool { Ok(text.contains(&part)) }
        /// Whether the text begins with another.
        pure fn starts_with on Text(call, text: String, part: String) -> bool { Ok(text.starts_with(&part)) }
        /// Whether the text ends with another.
        pure fn ends_with on Text(call, text: String, part: String) -> bool { Ok(text.ends_with(&part)) }
        /// The text without white space at both ends.
        pure fn trimmed on Text(call, text: String) -> String { Ok(text.trim().to_string()) }
        /// The text in lower case.
        pure fn lower on Text(call, text: String) -> String { Ok(text.to_lowercase()) }
        /// The parts between separators.
        pure fn split on Text(call, text: String, separator: String) -> Vec<String> { Ok(text.split(&separator).map(str::to_string).collect()) }
        /// The text with every `from` made `to`; at most one megabyte.
        pure fn replaced on Text(call, text: String, from: String, to: String) -> String {
            let grows = to.len().saturating_mul(text.len() + 1);
            if grows > LONGEST * 4 { return Err(Stop::script("the text would grow beyond one megabyte")); }
            bounded(text.replace(&from, &to))
        }
    }
}

fn items() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// Elements in the list.
        pure fn len on Items(call, items: Vec<Value>) -> i64 where forms::COUNT { Ok(items.len() as i64) }
        /// Whether the list has no element.
        pure fn is_empty on Items(call, items: Vec<Value>) -> bool { Ok(items.is_empty()) }
        /// The elements for which the closure answers true.
        pure fn filter on Items(call, items: Vec<Value>, keep_if: Block) -> Vec<Value> {
            let items: Array = items.into_iter().map(|item| item.0).collect();
            Ok(keep(call, &items, &keep_if)?.into_iter().map(Value).collect())
        }
        /// What the closure makes of each element.
        pure fn map on Items(call, items: Vec<Value>, make: Block) -> Vec<Value> {
            items.iter().map(|item| apply(call, &make, &item.0).map(Value)).collect()
        }
        /// Whether the closure answers true for every element; an empty list is an error, because it proves nothing.
        pure fn all on Items(call, items: Vec<Value>, holds: Block) -> bool {
            let items: Array = items.into_iter().map(|item| item.0).collect();
            if items.is_empty() { return Err(Stop::script("`all` over an empty list proves nothing")); }
            Ok(count(call, &items, &holds)? == items.len())
        }
        /// Whether the closure answers true for some element.
        pure fn any on Items(call, items: Vec<Value>, holds: Block) -> bool {
            let items: Array = items.into_iter().map(|item| item.0).collect();
            Ok(count(call, &items, &holds)? > 0)
        }
        /// The texts joined with a separator.
        pure fn join on Items(call, items: Vec<String>, separator: String) -> String { bounded(items.join(&separator)) }
    }
}

fn listings() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// Handles in the list.
        pure fn len on Listing(call, list: Listing) -> i64 where forms::COUNT { Ok(list.items.len() as i64) }
        /// Whether the list has no handle.
        pure fn is_empty on Listing(call, list: Listing) -> bool { Ok(list.items.is_empty()) }
        /// The names of the handles: hostname, CIDR, unit, whatever identifies the kind.
        pure fn names on Listing(call, list: Listing) -> Vec<String> { Ok(list.names.to_vec()) }
        /// The handles for which the closure answers true.
        pure fn filter on Listing(call, list: Listing, keep_if: Block) -> Listing { filtered(call, &list, &keep_if) }
        /// What the closure makes of each handle.
        pure fn map on Listing(call, list: Listing, make: Block) -> Vec<Value> {
            list.items.iter().map(|item| apply(call, &make, item).map(Value)).collect()
        }
        /// Whether the closure answers true for every handle; an empty list is an error, because it proves nothing.
        pure fn all on Listing(call, list: Listing, holds: Block) -> bool {
            if list.items.is_empty() { return Err(Stop::script("`all` over an empty list proves nothing")); }
            Ok(filtered(call, &list, &holds)?.items.len() == list.items.len())
        }
        /// Whether the closure answers true for some handle.
        pure fn any on Listing(call, list: Listing, holds: Block) -> bool { Ok(!filtered(call, &list, &holds)?.items.is_empty()) }
    }
}

fn answers() -> Vec<crate::script::Primitive> {
    crate::primitives! { "";
        /// Whether it holds.
        pure fn holds on Answer(call, answer: Answer) -> bool { Ok(answer.holds) }
        /// The opposite answer.
        pure fn not as "!" on Answer(call, answer: Answer) -> Answer {
            Ok(Answer { holds: !answer.holds, wanted: format!("not {}", answer.wanted), ..answer })
        }
    }
}
