//! The loop: messages in, answers and findings out.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use lsp_types::{
    CompletionOptions, CompletionParams, Diagnostic, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
    DidOpenTextDocumentParams, DocumentSymbolParams, GotoDefinitionParams, HoverParams, HoverProviderCapability,
    InitializeParams, OneOf, PublishDiagnosticsParams, SaveOptions, ServerCapabilities, TextDocumentSyncCapability,
    TextDocumentSyncKind, TextDocumentSyncOptions, TextDocumentSyncSaveOptions, Uri,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::documents::{Documents, Place};
use super::positions::Encoding;
use super::request::Asked;
use super::workspace::Workspace;
use super::{findings, names};
use crate::runbook::Site;

/// What was typed with the verb.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Whose libraries are imported.
    pub site: Site,
}

/// Serves one client until it says `exit` or goes away. The exit status is 0 when it said `shutdown` before.
pub fn serve(connection: &Connection, options: &Options) -> anyhow::Result<u8> {
    let (id, params) = match connection.initialize_start() {
        Ok(begun) => begun,
        Err(error) => {
            log(&format!("the client ended before it began: {error}"));
            return Ok(1);
        }
    };
    let params: InitializeParams = serde_json::from_value(params)?;
    let general = params.capabilities.general.as_ref();
    let encoding = Encoding::among(general.and_then(|general| general.position_encodings.as_ref()));
    let server = json!({ "name": "omega", "version": env!("CARGO_PKG_VERSION") });
    connection.initialize_finish(id, json!({ "capabilities": capabilities(encoding), "serverInfo": server }))?;
    let mut server = Server::new(connection, options, encoding);
    if watches(&params) {
        server.watch();
    }
    Ok(server.run())
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let triggers = [".", ":", "\"", "{", ","].map(str::to_owned).to_vec();
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some(triggers),
            ..CompletionOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

/// Whether the client tells of files that change on disk, when it is asked to.
fn watches(params: &InitializeParams) -> bool {
    let watched = params.capabilities.workspace.as_ref().and_then(|it| it.did_change_watched_files.as_ref());
    watched.and_then(|it| it.dynamic_registration).unwrap_or(false)
}

struct Server<'c> {
    connection: &'c Connection,
    options: Options,
    encoding: Encoding,
    documents: Documents,
    workspaces: BTreeMap<PathBuf, Workspace>,
    /// The files whose check is due.
    due: BTreeSet<Place>,
    /// What each file shows, by its address.
    published: BTreeMap<String, Vec<Diagnostic>>,
    stopping: bool,
}

impl<'c> Server<'c> {
    fn new(connection: &'c Connection, options: &Options, encoding: Encoding) -> Self {
        Server {
            connection,
            options: options.clone(),
            encoding,
            documents: Documents::default(),
            workspaces: BTreeMap::new(),
            due: BTreeSet::new(),
            published: BTreeMap::new(),
            stopping: false,
        }
    }

    /// Findings are told when no message waits: who types fast is not answered for every letter.
    fn run(&mut self) -> u8 {
        loop {
            let message = match self.connection.receiver.try_recv() {
                Ok(message) => Ok(message),
                Err(_) => {
                    self.guarded("check", Self::tell_findings);
                    self.connection.receiver.recv()
                }
            };
            match message {
                Ok(Message::Notification(told)) if told.method == "exit" => return u8::from(!self.stopping),
                Ok(Message::Notification(told)) => self.guarded(&told.method.clone(), |server| server.told(told)),
                Ok(Message::Request(asked)) => self.asked(asked),
                Ok(Message::Response(_)) => {}
                Err(_) => return 1,
            }
        }
    }

    /// The last resort: whatever breaks, the next keystroke is answered.
    fn guarded(&mut self, what: &str, act: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| act(self))).is_err() {
            log(&format!("DEFECT: {what} broke; the server goes on"));
        }
    }

    fn send(&self, message: impl Into<Message>) {
        if self.connection.sender.send(message.into()).is_err() {
            log("the client does not listen any more");
        }
    }

    fn asked(&mut self, request: Request) {
        let (id, method) = (request.id.clone(), request.method.clone());
        let answered = catch_unwind(AssertUnwindSafe(|| self.answer(request)));
        let response = match answered {
            Ok(Ok(value)) => Response::new_ok(id, value),
            Ok(Err((code, why))) => Response::new_err(id, code as i32, why),
            Err(_) => {
                log(&format!("DEFECT: {method} broke; the server goes on"));
                Response::new_err(id, ErrorCode::InternalError as i32, format!("{method} broke inside omega"))
            }
        };
        self.send(response);
    }

    fn answer(&mut self, request: Request) -> Result<Value, (ErrorCode, String)> {
        if self.stopping {
            return Err((ErrorCode::InvalidRequest, "the server is shutting down".to_owned()));
        }
        match request.method.as_str() {
            "shutdown" => {
                self.stopping = true;
                Ok(Value::Null)
            }
            "textDocument/hover" => {
                let params: HoverParams = parsed(request.params)?;
                let at = params.text_document_position_params;
                self.about(&at.text_document.uri, |asked, _| json!(asked.hover(at.position)))
            }
            "textDocument/completion" => {
                let params: CompletionParams = parsed(request.params)?;
                let at = params.text_document_position;
                let trigger = params.context.and_then(|context| context.trigger_character);
                self.about(&at.text_document.uri, |asked, _| json!(asked.completion(at.position, trigger.as_deref())))
            }
            "textDocument/definition" => {
                let params: GotoDefinitionParams = parsed(request.params)?;
                let at = params.text_document_position_params;
                self.about(&at.text_document.uri, |asked, uri| json!(asked.definition(at.position, uri)))
            }
            "textDocument/documentSymbol" => {
                let params: DocumentSymbolParams = parsed(request.params)?;
                self.about(&params.text_document.uri, |asked, _| json!(asked.symbols()))
            }
            other => Err((ErrorCode::MethodNotFound, format!("{other} is not served; see the capabilities"))),
        }
    }

    /// Answers a question about an open file of a repository; of any other there is nothing to say.
    fn about(
        &mut self,
        uri: &Uri,
        answer: impl FnOnce(&mut Asked<'_>, &dyn Fn(&str) -> Option<Uri>) -> Value,
    ) -> Result<Value, (ErrorCode, String)> {
        self.refresh();
        let Some(document) = self.documents.get(uri) else {
            return Err((ErrorCode::InvalidParams, format!("{} is not open", uri.as_str())));
        };
        let Some((root, path)) = &document.place else { return Ok(Value::Null) };
        let Some(workspace) = self.workspaces.get_mut(root) else { return Ok(Value::Null) };
        let documents = &self.documents;
        let address = |file: &str| address(documents, root, file);
        let (text, sound) = (document.text.as_str(), document.sound.as_deref());
        let mut asked = Asked { workspace, path, text, sound, encoding: self.encoding };
        Ok(answer(&mut asked, &address))
    }

    fn told(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        match method.as_str() {
            "textDocument/didOpen" => self.with(&method, params, Self::opened),
            "textDocument/didChange" => self.with(&method, params, Self::changed),
            "textDocument/didClose" => self.with(&method, params, Self::closed),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => self.reload(),
            _ => {}
        }
    }

    fn with<P: DeserializeOwned>(&mut self, method: &str, params: Value, act: impl FnOnce(&mut Self, P)) {
        match serde_json::from_value(params) {
            Ok(params) => act(self, params),
            Err(error) => log(&format!("{method} cannot be read: {error}")),
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) {
        let opened = params.text_document;
        self.documents.open(opened.uri.clone(), opened.version, opened.text);
        let Some(document) = self.documents.get(&opened.uri) else { return };
        let Some((root, _)) = document.place.clone() else { return self.tell_of_no_home(&opened.uri) };
        self.workspaces.entry(root.clone()).or_insert_with(|| Workspace::open(&root, &self.options.site));
        self.reload();
    }

    /// A file that belongs to no repository is not checked, and that is said.
    fn tell_of_no_home(&mut self, uri: &Uri) {
        let message = "omega checks runbooks/*.rhai and lib/*.rhai of a repository; this file is in neither".to_owned();
        let severity = Some(lsp_types::DiagnosticSeverity::INFORMATION);
        let finding = Diagnostic { severity, message, source: Some("omega".to_owned()), ..Diagnostic::default() };
        self.publish(uri.clone(), vec![finding], None);
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let changed = params.text_document;
        self.documents.change(&changed.uri, changed.version, params.content_changes, self.encoding);
        self.due.extend(self.documents.get(&changed.uri).and_then(|document| document.place.clone()));
    }

    fn closed(&mut self, params: DidCloseTextDocumentParams) {
        let Some(document) = self.documents.close(&params.text_document.uri) else { return };
        self.publish(document.uri, Vec::new(), None);
        let Some((root, path)) = document.place else { return };
        if let Some(workspace) = self.workspaces.get_mut(&root) {
            workspace.forget(&path);
        }
        self.reload();
        self.tell(&root);
    }

    /// Reads the repositories again; every open file is due.
    fn reload(&mut self) {
        self.workspaces.values_mut().for_each(Workspace::reload);
        self.due.extend(self.documents.iter().filter_map(|document| document.place.clone()));
    }

    fn tell_findings(&mut self) {
        let roots: BTreeSet<PathBuf> = self.due.iter().map(|(root, _)| root.clone()).collect();
        self.refresh();
        roots.iter().for_each(|root| self.tell(root));
    }

    /// Checks what is due: after a change of a library, every open file of its repository.
    fn refresh(&mut self) {
        let due = std::mem::take(&mut self.due);
        for place in &due {
            if let (Some(document), Some(workspace)) = (self.documents.at(place), self.workspaces.get_mut(&place.0)) {
                workspace.lay(&place.1, &document.text);
            }
        }
        let touched: BTreeSet<&PathBuf> =
            due.iter().filter(|place| place.1.starts_with("lib/")).map(|(root, _)| root).collect();
        for document in self.documents.iter_mut() {
            let Some(place) = &document.place else { continue };
            let Some(workspace) = self.workspaces.get_mut(&place.0) else { continue };
            if due.contains(place) || touched.contains(&place.0) {
                check(workspace, &place.1, document.text.clone(), &mut document.sound);
            }
        }
    }

    /// Shows what was found in each file of a repository, and takes back what is gone.
    fn tell(&mut self, root: &Path) {
        let mut now: Vec<(Uri, Vec<Diagnostic>, Option<i32>)> = Vec::new();
        for (file, found) in self.found(root) {
            let version = self.documents.at(&(root.to_path_buf(), file.clone())).map(|document| document.version);
            now.extend(address(&self.documents, root, &file).map(|uri| (uri, found, version)));
        }
        let told: BTreeSet<String> = now.iter().map(|(uri, ..)| uri.as_str().to_owned()).collect();
        now.into_iter().for_each(|(uri, found, version)| self.publish(uri, found, version));
        for uri in self.gone(root, &told) {
            self.publish(uri, Vec::new(), None);
        }
    }

    /// What was found in each file of a repository; nothing for an open file that is right.
    fn found(&self, root: &Path) -> BTreeMap<String, Vec<Diagnostic>> {
        let Some(workspace) = self.workspaces.get(root) else { return BTreeMap::new() };
        let files = Files { workspace, documents: &self.documents, root };
        let mut shown: BTreeMap<String, Vec<Diagnostic>> = BTreeMap::new();
        let places = self.documents.iter().filter_map(|document| document.place.as_ref());
        places.filter(|place| place.0 == root).for_each(|place| _ = shown.entry(place.1.clone()).or_default());
        for (asked, found) in workspace.found() {
            shown.entry(found.file.clone()).or_default().extend(findings::shown(found, &files, self.encoding));
            if found.file != asked {
                let here = findings::at_the_call(found, asked, &files, self.encoding);
                shown.entry(asked.to_owned()).or_default().extend(here);
            }
        }
        for found in shown.values_mut() {
            found.sort_by_key(|one| (one.range.start.line, one.range.start.character, one.message.clone()));
            found.dedup();
        }
        shown
    }

    /// The files of a repository that show something of which nothing is left.
    fn gone(&self, root: &Path, told: &BTreeSet<String>) -> Vec<Uri> {
        let folder = names::uri(root).map(|uri| format!("{}/", uri.as_str())).unwrap_or_default();
        let showing = self.published.iter().filter(|(_, found)| !found.is_empty()).map(|(uri, _)| uri);
        showing
            .filter(|uri| uri.starts_with(&folder) && !told.contains(*uri))
            .filter_map(|uri| uri.parse().ok())
            .collect()
    }

    /// Shows what was found in one file; of a file that is not open only what is new.
    fn publish(&mut self, uri: Uri, diagnostics: Vec<Diagnostic>, version: Option<i32>) {
        let known = self.published.insert(uri.as_str().to_owned(), diagnostics.clone());
        if version.is_none() && known.unwrap_or_default() == diagnostics {
            return;
        }
        let params = PublishDiagnosticsParams { uri, diagnostics, version };
        self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), params));
    }

    /// Asks the client to tell of files that change on disk.
    fn watch(&self) {
        let watchers = json!([{ "globPattern": "**/*.rhai" }, { "globPattern": "**/SHA256SUMS" }]);
        let registration = json!({
            "id": "files", "method": "workspace/didChangeWatchedFiles", "registerOptions": { "watchers": watchers },
        });
        let params = json!({ "registrations": [registration] });
        self.send(Request::new(1.into(), "client/registerCapability".to_owned(), params));
    }
}

/// Checks an open text; the last that compiled is kept.
fn check(workspace: &mut Workspace, path: &str, text: String, sound: &mut Option<String>) {
    workspace.lay(path, &text);
    workspace.check(path);
    if workspace.compiles(path) {
        *sound = Some(text);
    }
}

fn parsed<P: DeserializeOwned>(params: Value) -> Result<P, (ErrorCode, String)> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

/// The address of a file: the client's own spelling where it has the file open.
fn address(documents: &Documents, root: &Path, file: &str) -> Option<Uri> {
    let open = documents.at(&(root.to_path_buf(), file.to_owned()));
    open.map(|document| document.uri.clone()).or_else(|| names::uri(&root.join(file)))
}

struct Files<'a> {
    workspace: &'a Workspace,
    documents: &'a Documents,
    root: &'a Path,
}

impl findings::Files for Files<'_> {
    fn text(&self, file: &str) -> Option<&str> {
        let open =
            self.documents.at(&(self.root.to_path_buf(), file.to_owned())).map(|document| document.text.as_str());
        open.or_else(|| std::str::from_utf8(self.workspace.repo().files.get(file)?).ok())
    }

    fn uri(&self, file: &str) -> Option<Uri> {
        address(self.documents, self.root, file)
    }
}

/// Standard output is the protocol's; words for a person go to standard error, which clients keep in a log.
fn log(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "omega lsp: {text}");
}
