//! From a node to the nodes under it.

use super::tree::{Arm, Block, Kind, Name, Node, Pattern, Span, Tree};

impl Tree {
    /// Every node of the file, in functions and closures too.
    pub fn walk<'t>(&'t self, visit: &mut dyn FnMut(&'t Node)) {
        self.roots().for_each(|node| node.walk(visit));
    }

    /// The statements of the file, and those of its functions and closures.
    pub fn roots(&self) -> impl Iterator<Item = &Node> {
        self.statements.iter().chain(self.functions.iter().flat_map(|function| &function.body.statements))
    }
}

impl Node {
    /// The nodes directly under this one, in the order of the text. Bodies of closures are not among them.
    #[must_use]
    pub fn children(&self) -> Vec<&Self> {
        let mut children = Vec::new();
        self.each_child(&mut |child| children.push(child));
        children
    }

    /// Visits the nodes directly under this one: a walk makes no list at each of them.
    pub fn each_child<'n>(&'n self, visit: &mut impl FnMut(&'n Self)) {
        match &self.kind {
            Kind::Template(nodes) | Kind::Array(nodes) => nodes.iter().for_each(visit),
            Kind::Operator { operands, .. } | Kind::Lazy { operands, .. } => operands.iter().for_each(visit),
            Kind::Map(fields) => fields.iter().for_each(|field| visit(&field.value)),
            Kind::Property { of, .. } => visit(of),
            Kind::Index { of, index, .. } => [of, index].into_iter().for_each(|node| visit(node)),
            Kind::Call(call) => call.args.iter().for_each(visit),
            Kind::Method { of, call, .. } => {
                visit(of);
                call.args.iter().for_each(visit);
            }
            Kind::Assign { target, value, .. } => [target, value].into_iter().for_each(|node| visit(node)),
            Kind::Let { value, .. } | Kind::Return { value, .. } | Kind::Break { value } => {
                value.iter().for_each(|value| visit(value));
            }
            Kind::Import { path, .. } => visit(path),
            Kind::Switch { value, arms } => {
                visit(value);
                arms.iter().for_each(|arm| arm.each_child(visit));
            }
            _ => self.each_child_of_flow(visit),
        }
    }

    fn each_child_of_flow<'n>(&'n self, visit: &mut impl FnMut(&'n Self)) {
        match &self.kind {
            Kind::If { condition, then, otherwise } => {
                visit(condition);
                then.statements.iter().for_each(&mut *visit);
                otherwise.iter().flat_map(|block| &block.statements).for_each(visit);
            }
            Kind::While { condition, body } | Kind::For { over: condition, body, .. } => {
                visit(condition);
                body.statements.iter().for_each(visit);
            }
            Kind::Do { body, condition, .. } => {
                body.statements.iter().for_each(&mut *visit);
                visit(condition);
            }
            Kind::Loop { body } | Kind::Block(body) => body.statements.iter().for_each(visit),
            Kind::Try { body, handler, .. } => body.statements.iter().chain(&handler.statements).for_each(visit),
            _ => (),
        }
    }

    /// This node and all under it, outer before inner, in the order of the text. There is one of it for all who look: many
    /// of them would not stay in the processor's cache.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Self)) {
        visit(self);
        self.each_child(&mut |child| child.walk(visit));
    }

    /// What a chain of fields, members and calls begins with; a node that is no chain is its own.
    #[must_use]
    pub fn root(&self) -> &Self {
        match &self.kind {
            Kind::Property { of, .. } | Kind::Index { of, .. } | Kind::Method { of, .. } => of.root(),
            _ => self,
        }
    }

    /// Whether it is a name, or a field of one that is certainly there.
    #[must_use]
    pub fn is_path(&self) -> bool {
        match &self.kind {
            Kind::Variable { .. } => true,
            Kind::Property { of, safe: false, .. } => of.is_path(),
            _ => false,
        }
    }

    /// The name of a variable of the file itself.
    #[must_use]
    pub fn as_variable(&self) -> Option<&Name> {
        match &self.kind {
            Kind::Variable { path, name } if path.is_empty() => Some(name),
            _ => None,
        }
    }

    /// Whether what stands behind it is never reached from it.
    #[must_use]
    pub fn leaves(&self) -> bool {
        match &self.kind {
            Kind::Return { .. } | Kind::Break { .. } | Kind::Continue => true,
            Kind::Call(call) => call.plain_name() == Some("fail"),
            Kind::If { then, otherwise: Some(otherwise), .. } => then.leaves() && otherwise.leaves(),
            Kind::Block(block) => block.leaves(),
            _ => false,
        }
    }

    /// Where a text or a number is written out under it, last.
    #[must_use]
    pub fn written(&self, text: &str) -> Option<Span> {
        let mut place = None;
        self.walk(&mut |node| {
            let same = match &node.kind {
                Kind::Text(written) => written == text,
                Kind::Int(number) => number.to_string() == text,
                _ => false,
            };
            if same {
                place = Some(node.span);
            }
        });
        place
    }
}

impl Block {
    /// Whether its last statement leaves it.
    #[must_use]
    pub fn leaves(&self) -> bool {
        self.statements.last().is_some_and(Node::leaves)
    }
}

impl Arm {
    fn each_child<'n>(&'n self, visit: &mut impl FnMut(&'n Node)) {
        for pattern in &self.patterns {
            if let Pattern::Value(node) = pattern {
                visit(node);
            }
        }
        self.guard.iter().for_each(&mut *visit);
        visit(&self.body);
    }
}
