//! Colour: it helps, and never carries meaning alone.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// With colour.
    Colour,
}

impl Paint {
    /// Colour on a terminal, unless the environment says no.
    pub fn for_stderr() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        if wanted && std::io::stderr().is_terminal() { Paint::Colour } else { Paint::Plain }
    }

    fn style(self, text: &str, style: Style) -> String {
        match self {
            Paint::Plain => text.to_string(),
            Paint::Colour => format!("{style}{text}{style:#}"),
        }
    }

    pub(super) fn good(self, text: &str) -> String {
        self.style(text, AnsiColor::Green.on_default())
    }

    pub(super) fn bad(self, text: &str) -> String {
        self.style(text, AnsiColor::Red.on_default().bold())
    }

    pub(super) fn odd(self, text: &str) -> String {
        self.style(text, AnsiColor::Yellow.on_default())
    }

    pub(super) fn change(self, text: &str) -> String {
        self.style(text, AnsiColor::Cyan.on_default())
    }

    pub(super) fn quiet(self, text: &str) -> String {
        self.style(text, Style::new().dimmed())
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.style(text, Style::new().bold())
    }
}
