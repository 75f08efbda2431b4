//! Factors of a size: bytes are counted by 1024, and a slip of the pen in one of them gives another size, which no type tells.

use super::super::message::Diagnostic;
use super::super::tree::{Kind, Node, Span, Tree};

/// What one unit holds of the next smaller one.
const STEP: i64 = 1024;

/// What it is mistaken for.
const THOUSAND: i64 = 1000;

/// 1024 with two digits in each other's place, or one of them twice.
const SLIPS: [i64; 6] = [1042, 1204, 11_024, 10_024, 10_224, 10_244];

/// The factors of whole units: MiB, GiB, TiB.
const WHOLE: [i64; 3] = [STEP * STEP, STEP * STEP * STEP, STEP * STEP * STEP * STEP];

/// A factor of a product that is nearly one of bytes, or is one of thousands beside one of bytes.
pub(super) fn odd(tree: &Tree, node: &Node) -> Option<Diagnostic> {
    let Kind::Operator { symbol, .. } = &node.kind else { return None };
    if symbol != "*" {
        return None;
    }
    let mut numbers = Vec::new();
    let is_written_out = factors(node, &mut numbers);
    let steps = numbers.iter().filter(|(number, _)| *number == STEP).count();
    let near = || numbers.iter().filter(|(number, _)| SLIPS.contains(number));
    if steps + near().count() > 1
        && let Some((number, span)) = near().next()
    {
        return Some(told(tree, format!("{number} stands among factors of {STEP}"), *span, STEP));
    }
    let whole = numbers.iter().find_map(|(number, span)| Some((*number, *span, nearly_whole(*number)?)));
    if let Some((number, span, whole)) = whole {
        return Some(told(tree, format!("{number} is nearly {whole}"), span, whole));
    }
    let (_, span) = numbers.iter().find(|(number, _)| *number == THOUSAND)?;
    // A thousand alone may be how many.
    let is_other = |(number, _): &(i64, Span)| ![THOUSAND, STEP].contains(number);
    (steps > 0 && is_written_out && numbers.iter().any(is_other)).then(|| {
        told(tree, format!("{THOUSAND} and {STEP} are factors of one size"), *span, STEP)
            .help(format!("write {STEP} in its place; or put into one number how many they are"))
    })
}

fn told(tree: &Tree, message: String, span: Span, meant: i64) -> Diagnostic {
    let told = Diagnostic::error("E0343", message, &tree.file, span);
    told.label(format!("did you mean `{meant}`?"))
        .note(format!("a KiB is {STEP} bytes, a MiB {STEP} KiB, a GiB {STEP} MiB"))
}

/// The numbers of a product, and whether it has nothing else.
fn factors(node: &Node, numbers: &mut Vec<(i64, Span)>) -> bool {
    match &node.kind {
        Kind::Int(number) => {
            numbers.push((*number, node.span));
            true
        }
        Kind::Operator { symbol, operands, .. } if symbol == "*" => {
            operands.iter().filter(|operand| !factors(operand, numbers)).count() == 0
        }
        _ => false,
    }
}

/// The unit that a number differs from in one digit, or by two in each other's place. The last of its bytes is one less.
fn nearly_whole(number: i64) -> Option<i64> {
    let is_near = |whole: &i64| {
        let (wanted, written) = (whole.to_string(), number.to_string());
        wanted.len() == written.len()
            && whole.abs_diff(number) > 1
            && strsim::damerau_levenshtein(&wanted, &written) == 1
    };
    WHOLE.into_iter().filter(|_| number > THOUSAND * THOUSAND).find(is_near)
}

#[cfg(test)]
mod tests {
    use super::nearly_whole;

    #[test]
    fn units_are_told_from_what_is_nearly_one() {
        for (number, whole) in [(1_073_741_842, 1_073_741_824), (1_037_741_824, 1_073_741_824), (1_048_567, 1_048_576)]
        {
            assert_eq!(nearly_whole(number), Some(whole), "{number}");
        }
        for number in [
            1_073_741_824,
            1_073_741_823,
            1_048_575,
            1_048_576,
            1_000_000,
            10_737_418_240,
            107_374_182,
            512,
            2_147_483_648,
        ] {
            assert_eq!(nearly_whole(number), None, "{number}");
        }
    }
}
