//! `omega lsp`: the language server on standard input and output.

use lsp_server::Connection;

use crate::lsp::{self, Options};
use crate::runbook::Site;

pub(super) fn run(site: Option<&str>) -> anyhow::Result<u8> {
    let (connection, threads) = Connection::stdio();
    let status = lsp::serve(&connection, &Options { site: Site(site.map(str::to_owned)) })?;
    // The threads end when nobody holds the connection any more.
    drop(connection);
    if status == 0 {
        threads.join()?;
    }
    Ok(status)
}
