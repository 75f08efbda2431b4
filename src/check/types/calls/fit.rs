//! Whether a value of a type may be given where another is asked for: what the host's conversions take.

use super::super::Type;
use super::super::infer::Infer;
use crate::script::Ty;

/// Why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unfit {
    /// It is of another type.
    Unlike,
    /// It may be absent.
    Absent,
    /// It is `()`.
    Nothing,
    /// The host does not say of what type it is.
    Untold,
}

/// Types that are read from a text too.
pub(in super::super) const READ_FROM_TEXT: [&str; 3] = ["Cidr", "Ip", "IpRange"];

impl Infer<'_> {
    pub(in super::super) fn fits(&self, wanted: &Ty, given: &Type) -> bool {
        self.fit(wanted, given).is_ok()
    }

    pub(super) fn fit(&self, wanted: &Ty, given: &Type) -> Result<(), Unfit> {
        match (wanted, given) {
            (_, Type::Open | Type::Never) => Ok(()),
            (_, Type::Either(types)) => types.iter().try_for_each(|ty| self.fit(wanted, ty)),
            (_, Type::Unit) => Err(Unfit::Nothing),
            (Ty::OrAbsent(wanted), Type::Maybe(given)) => self.fit(wanted, given),
            (Ty::Maybe(wanted) | Ty::OrAbsent(wanted), given) => self.fit(wanted, given),
            (Ty::Any, Type::Closure(_) | Type::Function(..)) => Err(Unfit::Unlike),
            // What takes any value takes an absent one.
            (Ty::Any, _) => Ok(()),
            (_, Type::Maybe(_)) => Err(Unfit::Absent),
            (_, Type::Any) => Err(Unfit::Untold),
            (Ty::List(of), Type::List(given)) => self.fit(of, given),
            (Ty::List(of), Type::Listing(name)) => self.fit(of, &Type::Named(name)),
            (Ty::Options(fields), Type::Map(given)) => {
                let known = given.keys().all(|name| fields.iter().any(|field| field.name == name));
                let fit = fields.iter().try_for_each(|field| match given.get(field.name) {
                    Some(given) => self.fit(&field.ty, given),
                    None if field.required => Err(Unfit::Unlike),
                    None => Ok(()),
                });
                if known { fit } else { Err(Unfit::Unlike) }
            }
            _ if self.plain(wanted, given) => Ok(()),
            _ => Err(Unfit::Unlike),
        }
    }

    fn plain(&self, wanted: &Ty, given: &Type) -> bool {
        match (wanted, given) {
            (Ty::Bool, Type::Bool) | (Ty::Int | Ty::Within(_), Type::Int | Type::Within(_)) => true,
            (Ty::Text | Ty::Word(_), given) => given.is_text(),
            (Ty::Function, Type::Closure(_) | Type::Function(..)) => true,
            (Ty::Named(wanted), Type::Named(given)) => wanted == given,
            (Ty::Named("List"), Type::Listing(_)) => true,
            (Ty::Named(wanted), given) if given.is_text() => READ_FROM_TEXT.contains(wanted),
            _ => false,
        }
    }
}
