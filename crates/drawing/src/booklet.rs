//! Several scenes as one file: an index and one picture for each. Not here: the files themselves.

use crate::pdf::PageSize;
use crate::scene::Scene;

/// Pictures that belong together: one for each number of an account, for example.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Booklet {
    /// What they are, for the index.
    pub title: String,
    /// The pictures, in the order of the index.
    pub pages: Vec<Scene>,
}

impl Booklet {
    /// A PDF with an index that links to its pages, and bookmarks.
    pub fn to_pdf(&self, size: PageSize) -> Vec<u8> {
        crate::pdf::booklet(self, size)
    }

    /// One interactive page that shows one picture at a time, with an index beside it. It needs no network.
    pub fn to_html(&self) -> String {
        crate::html::booklet(self)
    }
}

/// Name and numbers of a page, as an index shows them.
pub(crate) fn entry(place: usize, scene: &Scene) -> (String, String) {
    let numbers = scene.numbers.join(", ");
    if !scene.title.is_empty() {
        return (scene.title.clone(), numbers);
    }
    let name = if numbers.is_empty() { format!("Call flow {}", place + 1) } else { numbers.clone() };
    (name, numbers)
}
