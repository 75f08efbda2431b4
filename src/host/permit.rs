//! The proof that a change may be made.

/// Proof that the guard allowed one change. It can be made in this module's parent alone and is used up by the call.
#[derive(Debug)]
pub struct Permit(());

impl Permit {
    /// Mints a permit; only the guard, beside this file, can call it.
    pub(super) fn mint() -> Self {
        Permit(())
    }

    /// A permit for tests of transports and of the lab, which have no guard.
    #[cfg(test)]
    pub(crate) fn for_test() -> Self {
        Permit(())
    }
}
