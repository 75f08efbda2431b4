//! The texts that are open in the client, as it has them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use lsp_types::{TextDocumentContentChangeEvent, Uri};

use super::names;
use super::positions::{Encoding, offset};

/// A file by its repository and its path there.
pub type Place = (PathBuf, String);

/// An open text.
pub struct Document {
    /// Its address, in the client's spelling.
    pub uri: Uri,
    /// Its version, by the client's count.
    pub version: i32,
    /// The text.
    pub text: String,
    /// The last text that compiled.
    pub sound: Option<String>,
    /// Where it belongs; nothing for a file outside any repository.
    pub place: Option<Place>,
}

/// All open texts, by address.
#[derive(Default)]
pub struct Documents(BTreeMap<String, Document>);

impl Documents {
    /// The client opened a file.
    pub fn open(&mut self, uri: Uri, version: i32, text: String) {
        let place = names::path(&uri).and_then(|path| names::home(&path));
        self.0.insert(uri.as_str().to_owned(), Document { uri, version, text, sound: None, place });
    }

    /// The client changed a text: parts of it, or all.
    pub fn change(
        &mut self,
        uri: &Uri,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let Some(document) = self.0.get_mut(uri.as_str()) else { return };
        document.version = version;
        for change in changes {
            let Some(range) = change.range else {
                document.text = change.text;
                continue;
            };
            let start = offset(&document.text, range.start, encoding);
            let end = offset(&document.text, range.end, encoding).max(start);
            document.text.replace_range(start..end, &change.text);
        }
    }

    /// The client closed a file.
    pub fn close(&mut self, uri: &Uri) -> Option<Document> {
        self.0.remove(uri.as_str())
    }

    /// An open text.
    pub fn get(&self, uri: &Uri) -> Option<&Document> {
        self.0.get(uri.as_str())
    }

    /// The open text of a file.
    pub fn at(&self, place: &Place) -> Option<&Document> {
        self.0.values().find(|document| document.place.as_ref() == Some(place))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.0.values()
    }

    /// All of them, to be marked.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Document> {
        self.0.values_mut()
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use lsp_types::{Position, Range};

    use super::*;

    #[test]
    fn changes_follow_each_other() {
        let uri = Uri::from_str("file:///r/lib/a.rhai").expect("an address");
        let mut documents = Documents::default();
        documents.open(uri.clone(), 1, "one\n\u{1f600}two\n".to_string());
        let at = |line, character| Position { line, character };
        let part = |start, end, text: &str| TextDocumentContentChangeEvent {
            range: Some(Range { start, end }),
            range_length: None,
            text: text.to_string(),
        };
        let changes =
            vec![part(at(1, 2), at(1, 5), "three"), part(at(0, 0), at(1, 0), ""), part(at(9, 0), at(9, 0), "!")];
        documents.change(&uri, 2, changes, Encoding::Utf16);
        let document = documents.get(&uri).expect("open");
        assert_eq!((document.text.as_str(), document.version), ("\u{1f600}three\n!", 2));
        assert_eq!(document.place, Some((PathBuf::from("/r"), "lib/a.rhai".to_string())));
    }
}
