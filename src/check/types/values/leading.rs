//! Numbers that lead from one unit to another: written out, or a constant that is called by a unit, `GIB`.

use super::super::super::tree::{Kind, Node};
use super::super::gates::answers::number;
use super::super::infer::Infer;
use crate::script::Measure;

/// What leads from one unit of sizes or times to another; of sizes by mistake too.
const LEADING: [i64; 11] =
    [60, 1_000, 1_024, 3_600, 86_400, 1_000_000, 1 << 20, 1_000_000_000, 1 << 30, 1_000_000_000_000, 1 << 40];

impl<'t> Infer<'t> {
    /// Which of two is multiplied, and by how much: by what is written out, else by a constant that leads to another unit.
    pub(super) fn factor_of(&self, operands: [&'t Node; 2]) -> Option<(usize, i64)> {
        match operands.map(number) {
            [None, None] => only(operands.map(|operand| self.leading(operand))),
            written => only(written),
        }
    }

    /// A number that leads from one unit to another: written out, or a constant that is called so: `GIB`, `BYTES_PER_GIB`.
    pub(super) fn leading(&self, node: &'t Node) -> Option<i64> {
        number(node).or_else(|| {
            let Kind::Variable { name, .. } = &node.kind else { return None };
            let is_called = !name.text.contains('_') || name.text.to_ascii_lowercase().contains("_per_");
            Measure::of_variable(&name.text).filter(|_| is_called)?;
            self.comes_to(node).filter(|number| LEADING.contains(number))
        })
    }
}

/// The one number of two, and the place of what it multiplies.
fn only(numbers: [Option<i64>; 2]) -> Option<(usize, i64)> {
    match numbers {
        [None, Some(factor)] => Some((0, factor)),
        [Some(factor), None] => Some((1, factor)),
        _ => None,
    }
}
