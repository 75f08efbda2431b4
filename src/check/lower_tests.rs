//! Every construct of the language, through the lowering.

use std::collections::BTreeSet;

use super::*;

const EVERYTHING: &str = r##"//! What it is.
import "net" as net;
const A = 1;
export const B = [1, -2, 'c', "t", true, ()];
export A as other;
let u;
let m = #{ name: "x", "quoted": `a ${A + 1} b ${"c"} d` };

/// Adds.
/// Two lines.
fn add(a, b) { return a + b; }
private fn nothing() {}
fn raise() { throw "x"; }
fn int.twice() { this * 2 }

m.name = "y";
u = 3;
u += 4;
m.list[0].field = 5;
let v = m.a.b[1][2].c.call_it(1, |x| x + u).d;
let w = m?.a?[0]?.b ?? A ?? 7;
let logic = A == 1 && B != 2 || !(A in B) && 3 !in B;
let r = 0..10;
add(1, 2);
net::carve(net::PROVIDER.cidr, #{ a: 1 });
add!(1, 2);
if A == 1 { add(1, 1); } else if A == 2 { add(2, 2); } else { add(3, 3); }
let s = switch A {
    1 | 2 if u == 3 => "few",
    -7 => { add(7, 7) }
    "x" => if u == 1 { 2 } else { 3 }
    3..=9 => |p, q| p,
    _ => "many"
};
while u < 3 { continue; }
loop { break 3; }
do { add(4, 4); } until u > 3;
do { add(5, 5); } while u > 3;
for (x, i) in [1, 2] { add(x, i); }
for x in r { let y = x; }
{ let inner = 1; }
let block = { add(6, 6); 8 };
let closure = |a, b| { a + b + u };
let plain = || 5;
try { raise(); } catch (err) { add(8, 8); }
return u;
"##;

fn compiled(source: &str) -> AST {
    let mut engine = Engine::new();
    engine.set_optimization_level(OptimizationLevel::None);
    engine.compile(source).unwrap_or_else(|err| panic!("{err}"))
}

fn lowered(source: &str) -> Tree {
    lower("test.rhai", source, Tokens::of(source), &compiled(source))
}

fn all(tree: &Tree) -> Vec<&Node> {
    let mut nodes = Vec::new();
    tree.walk(&mut |node| nodes.push(node));
    nodes
}

/// The variant's name, as Rhai's own derived output gives it for statements; expressions print themselves otherwise.
fn variant(node: &ASTNode) -> &'static str {
    match node {
        ASTNode::Stmt(statement) => statement_variant(statement),
        ASTNode::Expr(expr) => expr_variant(expr),
        _ => "a node that this version does not know",
    }
}

fn statement_variant(statement: &Stmt) -> &'static str {
    match statement {
        Stmt::Noop(..) => "Noop",
        Stmt::If(..) => "If",
        Stmt::Switch(..) => "Switch",
        Stmt::While(..) => "While",
        Stmt::Do(..) => "Do",
        Stmt::For(..) => "For",
        Stmt::Var(..) => "Var",
        Stmt::Assignment(..) => "Assignment",
        Stmt::FnCall(..) => "FnCall statement",
        Stmt::Block(..) => "Block",
        Stmt::TryCatch(..) => "TryCatch",
        Stmt::Expr(..) => "Expr",
        Stmt::BreakLoop(..) => "BreakLoop",
        Stmt::Return(..) => "Return",
        Stmt::Import(..) => "Import",
        Stmt::Export(..) => "Export",
        Stmt::Share(..) => "Share",
        _ => "a statement that this version does not know",
    }
}

fn expr_variant(expr: &Expr) -> &'static str {
    match expr {
        Expr::DynamicConstant(..) => "DynamicConstant",
        Expr::BoolConstant(..) => "BoolConstant",
        Expr::IntegerConstant(..) => "IntegerConstant",
        Expr::CharConstant(..) => "CharConstant",
        Expr::StringConstant(..) => "StringConstant",
        Expr::InterpolatedString(..) => "InterpolatedString",
        Expr::Array(..) => "Array",
        Expr::Map(..) => "Map",
        Expr::Unit(..) => "Unit",
        Expr::Variable(..) => "Variable",
        Expr::ThisPtr(..) => "ThisPtr",
        Expr::Property(..) => "Property",
        Expr::MethodCall(..) => "MethodCall",
        Expr::Stmt(..) => "Stmt",
        Expr::FnCall(..) => "FnCall",
        Expr::Dot(..) => "Dot",
        Expr::Index(..) => "Index",
        Expr::And(..) => "And",
        Expr::Or(..) => "Or",
        Expr::Coalesce(..) => "Coalesce",
        _ => "an expression that this version does not know",
    }
}

#[test]
fn the_sample_has_every_construct_that_the_parser_makes() {
    let mut seen = BTreeSet::new();
    compiled(EVERYTHING).walk(&mut |path| {
        seen.extend(path.last().map(variant));
        true
    });
    // `Noop` is dropped by the parser and `FnCall` statements are made by the optimiser alone.
    let expected = BTreeSet::from([
        "If",
        "Switch",
        "While",
        "Do",
        "For",
        "Var",
        "Assignment",
        "Block",
        "TryCatch",
        "Expr",
        "BreakLoop",
        "Return",
        "Import",
        "Export",
        "Share",
        "DynamicConstant",
        "BoolConstant",
        "IntegerConstant",
        "CharConstant",
        "StringConstant",
        "InterpolatedString",
        "Array",
        "Map",
        "Unit",
        "Variable",
        "ThisPtr",
        "Property",
        "MethodCall",
        "Stmt",
        "FnCall",
        "Dot",
        "Index",
        "And",
        "Or",
        "Coalesce",
    ]);
    assert_eq!(seen, expected);
}

/// What both trees must agree on: each name, call and literal, at its place.
fn facts_of_rhai(ast: &AST) -> Vec<String> {
    let mut facts = Vec::new();
    ast.walk(&mut |path| {
        let Some(ASTNode::Expr(expr)) = path.last() else { return true };
        let is_capture = path
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|parent| matches!(parent, ASTNode::Expr(Expr::FnCall(call, _)) if call.name == "curry"));
        let what = match expr {
            _ if is_capture => return true,
            Expr::Variable(parts, ..) => format!("name {}", parts.1),
            Expr::Property(parts, _) => format!("field {}", parts.2),
            Expr::FnCall(call, _) if call.name == "curry" => return true,
            Expr::FnCall(call, _) | Expr::MethodCall(call, _) => format!("call {}/{}", call.name, call.args.len()),
            Expr::IntegerConstant(value, _) => format!("int {value}"),
            Expr::StringConstant(value, _) => format!("text {value}"),
            Expr::BoolConstant(value, pos) if !pos.is_none() => format!("bool {value}"),
            _ => return true,
        };
        facts.push(format!("{} {what}", place(expr.position())));
        true
    });
    facts.sort();
    facts
}

fn place(pos: Position) -> String {
    format!("{}:{}", pos.line().unwrap_or(0), pos.position().unwrap_or(0))
}

fn facts_of_tree(tree: &Tree) -> Vec<String> {
    let mut facts = Vec::new();
    for node in all(tree) {
        let here = format!("{}:{}", node.span.line, node.span.column);
        let at = |span: Span| format!("{}:{}", span.line, span.column);
        match &node.kind {
            Kind::Variable { name, .. } => facts.push(format!("{} name {}", at(name.span), name.text)),
            Kind::Property { name, .. } => facts.push(format!("{} field {}", at(name.span), name.text)),
            Kind::Call(call) | Kind::Method { call, .. } => {
                facts.push(format!("{} call {}/{}", at(call.name.span), call.name.text, call.args.len()));
            }
            Kind::Operator { symbol, at: place, .. } if symbol == "!in" => {
                facts.push(format!("{} call !/1", at(*place)));
                facts.push(format!("{} call contains/2", at(*place)));
            }
            Kind::Operator { symbol, at: place, operands } => {
                let name = if symbol == "in" { "contains" } else { symbol };
                facts.push(format!("{} call {name}/{}", at(*place), operands.len()));
            }
            Kind::Int(value) => facts.push(format!("{here} int {value}")),
            Kind::Text(value) => facts.push(format!("{here} text {value}")),
            Kind::Bool(value) => facts.push(format!("{here} bool {value}")),
            _ => {}
        }
    }
    facts.sort();
    facts
}

#[test]
fn nothing_that_rhai_parsed_is_lost_or_moved() {
    // In our tree alone: the cases of a `switch`, of which Rhai keeps only hashes, and the value of a `break`, which
    // Rhai's walk passes over.
    let source = EVERYTHING.replace("1 | 2 if", "'k' if").replace("-7 =>", "'l' =>").replace("\"x\" =>", "'m' =>");
    let source = source.replace("3..=9 =>", "'n' =>").replace("break 3;", "break;");
    let ast = compiled(&source);
    assert_eq!(facts_of_tree(&lower("test.rhai", &source, Tokens::of(&source), &ast)), facts_of_rhai(&ast));
}

#[test]
fn no_construct_is_left_unread() {
    let tree = lowered(EVERYTHING);
    let unread = all(&tree).into_iter().filter(|node| matches!(node.kind, Kind::Unread(_) | Kind::Folded(_)));
    assert_eq!(unread.map(|node| format!("{node:?}")).collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn every_node_has_its_extent() {
    let tree = lowered(EVERYTHING);
    let text = |wanted: &dyn Fn(&Kind) -> bool| -> Vec<String> {
        let nodes = all(&tree).into_iter().filter(|node| wanted(&node.kind));
        nodes.map(|node| tree.text(node.span).to_owned()).collect()
    };
    assert!(all(&tree).iter().all(|node| node.span.is_known()), "a node without a place");
    assert_eq!(text(&|k| matches!(k, Kind::Import { .. })), ["import \"net\" as net"]);
    assert_eq!(text(&|k| matches!(k, Kind::Template(_))), ["`a ${A + 1} b ${\"c\"} d`"]);
    assert_eq!(text(&|k| matches!(k, Kind::Closure { .. })), ["|x| x + u", "|p, q| p", "|a, b| { a + b + u }", "|| 5"]);
    assert_eq!(text(&|k| matches!(k, Kind::Loop { .. })), ["loop { break 3; }"]);
    assert_eq!(text(&|k| matches!(k, Kind::Do { .. }))[0], "do { add(4, 4); } until u > 3");
    assert_eq!(text(&|k| matches!(k, Kind::Map(f) if f.len() == 1)), ["#{ a: 1 }"]);
    assert!(text(&|k| matches!(k, Kind::Call(_))).contains(&"net::carve(net::PROVIDER.cidr, #{ a: 1 })".to_owned()));
    assert!(text(&|k| matches!(k, Kind::Switch { .. }))[0].ends_with("_ => \"many\"\n}"));
}

#[test]
fn functions_have_their_bodies_docs_and_places() {
    let tree = lowered(EVERYTHING);
    let add = tree.function("add", 2).expect("add is declared");
    assert_eq!(add.docs, ["/// Adds.", "/// Two lines."]);
    assert_eq!(add.params.iter().map(|p| (p.text.as_str(), p.span.column)).collect::<Vec<_>>(), [("a", 8), ("b", 11)]);
    assert!(matches!(add.body.statements[..], [Node { kind: Kind::Return { .. }, .. }]));
    assert!(tree.function("nothing", 0).is_some_and(|f| f.is_private && f.body.statements.is_empty()));
    assert!(tree.function("twice", 0).is_some_and(|f| f.this_type.is_some() && f.span.is_known()));
    assert_eq!(tree.docs.trim(), "//! What it is.");
    let closures: Vec<_> = tree.functions.iter().filter(|f| f.is_closure).collect();
    let captured = |at: usize| closures[at].captures.iter().map(|n| n.text.as_str()).collect::<Vec<_>>();
    assert_eq!((closures.len(), captured(0), captured(2)), (4, vec!["u"], vec!["u"]));
    assert_eq!(
        closures[2].params.iter().map(|n| (n.text.as_str(), n.span.line)).collect::<Vec<_>>(),
        [("a", 43), ("b", 43)]
    );
}

#[test]
fn the_cases_of_a_switch_are_read_back() {
    let tree = lowered(EVERYTHING);
    let nodes = all(&tree);
    let Some(Kind::Switch { arms, .. }) = nodes.iter().map(|n| &n.kind).find(|k| matches!(k, Kind::Switch { .. }))
    else {
        panic!("no switch");
    };
    let text = |arm: &Arm| {
        let patterns = arm.patterns.iter().map(|pattern| match pattern {
            Pattern::Value(node) => tree.text(node.span).to_owned(),
            Pattern::Unread(text, _) => format!("unread {text}"),
        });
        patterns.collect::<Vec<_>>().join("|")
    };
    assert_eq!(arms.iter().map(text).collect::<Vec<_>>(), ["1|2", "-7", "\"x\"", "3..=9", ""]);
    assert_eq!(arms.iter().map(|arm| arm.guard.is_some()).collect::<Vec<_>>(), [true, false, false, false, false]);
    assert!(matches!(&arms[1].patterns[0], Pattern::Value(Node { kind: Kind::Int(-7), .. })));
}

#[test]
fn a_chain_reads_from_left_to_right() {
    let tree = lowered("let m = #{};\nm.a.b[m.i][2].c.f(1).d;\n(m[m.j].k).l;");
    let shape = |node: &Node| -> String {
        fn write(node: &Node) -> String {
            match &node.kind {
                Kind::Property { of, name, .. } => format!("{}.{}", write(of), name.text),
                Kind::Index { of, index, .. } => format!("{}[{}]", write(of), write(index)),
                Kind::Method { of, call, .. } => format!("{}.{}()", write(of), call.name.text),
                Kind::Variable { name, .. } => name.text.to_string(),
                Kind::Int(value) => value.to_string(),
                other => format!("{other:?}"),
            }
        }
        write(node)
    };
    assert_eq!(shape(&tree.statements[1]), "m.a.b[m.i][2].c.f().d");
    assert_eq!(shape(&tree.statements[2]), "m[m.j].k.l");
    assert_eq!(tree.text(tree.statements[1].span), "m.a.b[m.i][2].c.f(1).d");
}

#[test]
fn membership_is_an_operator_and_a_call_of_contains_is_not() {
    let tree = lowered("let a = [1];\n1 in a;\n1 !in a;\na.contains(1);\ncontains(a, 1);");
    let symbols: Vec<_> = tree.statements[1..]
        .iter()
        .map(|node| match &node.kind {
            Kind::Operator { symbol, operands, .. } => format!("{} {symbol}", tree.text(operands[0].span)),
            Kind::Method { .. } => "method".to_owned(),
            Kind::Call(_) => "call".to_owned(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(symbols, ["1 in", "1 !in", "method", "call"]);
}

#[test]
fn functions_that_differ_in_this_alone_keep_their_own_bodies() {
    let tree = lowered("fn twice() { 1 }\nfn int.twice() { 2 }\nfn string.twice() { 3 }");
    let bodies: Vec<_> = tree.named("twice").map(|f| tree.text(f.body.statements[0].span).to_owned()).collect();
    assert_eq!(bodies, ["1", "2", "3"]);
}

#[test]
fn an_escaped_dollar_does_not_shift_what_follows() {
    let tree = lowered(r"let a = 1; let b = `\${x} ${a}`; a.foo(2);");
    let last = tree.statements.last().expect("three statements");
    assert_eq!(tree.text(last.span), "a.foo(2)");
}

#[test]
fn an_option_is_found_again_by_the_place_of_its_call() {
    let tree = lowered("let f = || {\n    net::ensure(\"x\", #{\n        mtu: 1,\n        \"physnt\": 2 });\n};");
    let call = tree.call_at(2, 10).expect("the call's name stands there");
    assert_eq!(call.full_name(), "net::ensure");
    assert_eq!(call.field("physnt").map(|span| (span.line, span.column)), Some((4, 9)));
    assert_eq!(call.field("other"), None);
    assert!(tree.call_at(2, 5).is_none());
}
