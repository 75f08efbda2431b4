//! How long an editor waits: from a keystroke in the largest runbook to the findings, through the real server loop.

use std::time::{Duration, Instant};

use lsp_server::{Connection, Message, Notification, Request};
use serde_json::{Value, json};

use super::{Outcome, alone};

pub fn figures() -> Outcome<()> {
    let mut editor = Editor::start()?;
    let half = editor.text.len() / 2;
    let end = editor.text[half..].find(";\n").map_or(half, |at| half + at + 1);
    let right = editor.text.clone();
    let wrong = format!("{} openstack::netwrok(\"x\");{}", &right[..end], &right[end..]);
    let broken = format!("{} openstack::{}", &right[..end], &right[end..]);
    let name = editor.path.clone();
    for (what, text) in [("wrong name", &wrong), ("broken text", &broken)] {
        let mut all = Vec::new();
        for _ in 0..100 {
            all.push(editor.keystroke(text)?);
            all.push(editor.keystroke(&right)?);
        }
        all.sort();
        alone(&format!("keystroke, {what}, {name}"), all[all.len() / 2], "under 30 ms");
        alone("  the slowest of 200", all[all.len() - 1], "under 30 ms");
    }
    editor.keystroke(&broken)?;
    let at = end + " openstack::".len();
    let mut all = (0..50).map(|_| editor.completion(&broken, at)).collect::<Outcome<Vec<_>>>()?;
    all.sort();
    alone("completion in the broken text", all[all.len() / 2], "under 30 ms");
    Ok(())
}

struct Editor {
    client: Connection,
    uri: String,
    path: String,
    text: String,
    version: i32,
}

impl Editor {
    fn start() -> Outcome<Self> {
        let (server, client) = Connection::memory();
        let serve = move || omega::lsp::serve(&server, &omega::lsp::Options::default());
        std::thread::Builder::new().stack_size(omega::engine::STACK).spawn(serve)?;
        let root = std::env::current_dir()?;
        let mut largest = (0, String::new());
        for entry in std::fs::read_dir("runbooks")? {
            let entry = entry?;
            largest =
                largest.max((entry.metadata()?.len(), format!("runbooks/{}", entry.file_name().to_string_lossy())));
        }
        let path = largest.1;
        let text = std::fs::read_to_string(&path)?;
        let uri = format!("file://{}", root.join(&path).display());
        let mut editor = Editor { client, uri, path, text, version: 0 };
        editor.client.sender.send(Request::new(1.into(), "initialize".into(), json!({ "capabilities": {} })).into())?;
        let _ = editor.client.receiver.recv()?;
        editor.tell("initialized", json!({}))?;
        let opened = json!({ "uri": editor.uri, "languageId": "rhai", "version": 0, "text": editor.text });
        editor.tell("textDocument/didOpen", json!({ "textDocument": opened }))?;
        editor.findings()?;
        Ok(editor)
    }

    fn tell(&mut self, method: &str, params: Value) -> Outcome<()> {
        Ok(self.client.sender.send(Notification::new(method.into(), params).into())?)
    }

    fn findings(&self) -> Outcome<()> {
        loop {
            if let Message::Notification(told) = self.client.receiver.recv_timeout(Duration::from_secs(10))?
                && told.params["uri"] == self.uri
                && told.params["version"] == self.version
            {
                return Ok(());
            }
        }
    }

    fn keystroke(&mut self, text: &str) -> Outcome<Duration> {
        self.version += 1;
        let document = json!({ "uri": self.uri, "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": [{ "text": text }] });
        let begun = Instant::now();
        self.tell("textDocument/didChange", params)?;
        self.findings()?;
        Ok(begun.elapsed())
    }

    fn completion(&self, text: &str, at: usize) -> Outcome<Duration> {
        let line = text[..at].matches('\n').count();
        let column = at - text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let params = json!({ "textDocument": { "uri": self.uri }, "position": { "line": line, "character": column } });
        let begun = Instant::now();
        self.client.sender.send(Request::new(2.into(), "textDocument/completion".into(), params).into())?;
        match self.client.receiver.recv_timeout(Duration::from_secs(10))? {
            Message::Response(answer)
                if answer.response_result.as_ref().is_ok_and(|items| items.as_array().is_some_and(|a| a.len() > 5)) =>
            {
                Ok(begun.elapsed())
            }
            other => Err(format!("no completion: {other:?}").into()),
        }
    }
}
