//! `omega test`: the cases.

use crate::cli::{Cli, TestArgs};

pub(super) fn run(_cli: &Cli, _args: &TestArgs) -> anyhow::Result<u8> {
    anyhow::bail!("cases are not built in yet")
}
