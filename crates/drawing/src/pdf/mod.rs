//! The display list as PDF, and booklets of several: text that can be searched and copied, links between steps, bookmarks.
//!
//! Not here: which marks there are (`paint`), how they become operators (`page`), fonts in the file (`font`).

mod font;
mod index;
mod page;

use pdf_writer::types::PageMode;
use pdf_writer::writers::Destination;
use pdf_writer::{Finish, Pdf, Rect, Ref, TextStr};

use crate::booklet::{Booklet, entry};
use crate::layout::place;
use crate::paint::paint;
use crate::scene::Scene;

use page::Sheet;

/// How large the pages of a PDF are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PageSize {
    /// As large as the picture: 0.75 points for each unit of the drawing, at most 14,400 points (200 inches) a side.
    #[default]
    Picture,
    /// 210 by 297 mm, upright or lying as suits the picture, which is made smaller to fit but never larger.
    A4,
    /// 297 by 420 mm, likewise.
    A3,
}

/// One scene on one page.
pub(crate) fn render(scene: &Scene, size: PageSize) -> Vec<u8> {
    let name = if scene.title.is_empty() { "Call flow" } else { scene.title.as_str() };
    let mut document = Document::new();
    let own = document.allot();
    document.scene(own, scene, size, None);
    document.finish(name, &[])
}

/// An index with links, then one scene on each page, with bookmarks.
pub(crate) fn booklet(booklet: &Booklet, size: PageSize) -> Vec<u8> {
    let mut document = Document::new();
    let index_pages: Vec<Ref> = (0..index::pages(booklet)).map(|_| document.allot()).collect();
    let pages: Vec<Ref> = booklet.pages.iter().map(|_| document.allot()).collect();
    index::write(&mut document, booklet, &index_pages, &pages);
    let back = index_pages.first().copied();
    let mut bookmarks: Vec<(String, Ref)> =
        back.into_iter().map(|page| (index::TITLE.to_owned(), page)).collect();
    for (place, (own, scene)) in pages.iter().zip(&booklet.pages).enumerate() {
        document.scene(*own, scene, size, back);
        bookmarks.push((entry(place, scene).0, *own));
    }
    document.finish(&booklet.title, &bookmarks)
}

/// A file that grows by pages.
struct Document {
    pdf: Pdf,
    last: Ref,
    catalog: Ref,
    tree: Ref,
    /// Regular and bold.
    fonts: [Ref; 2],
    pages: Vec<Ref>,
}

/// A rectangle on a page, in units of its drawing, that leads elsewhere.
struct Link {
    from: crate::layout::Rect,
    to: Target,
}

enum Target {
    /// A point on the same page, in units of its drawing.
    Here(f64, f64),
    /// Another page.
    Page(Ref),
}

impl Document {
    fn new() -> Self {
        let (catalog, tree, regular, bold) = (Ref::new(1), Ref::new(2), Ref::new(3), Ref::new(4));
        Document { pdf: Pdf::new(), last: bold, catalog, tree, fonts: [regular, bold], pages: Vec::new() }
    }

    fn allot(&mut self) -> Ref {
        self.last = self.last.next();
        self.last
    }

    /// A page with a scene; chips lead to the steps they name, the title to `back`.
    fn scene(&mut self, own: Ref, scene: &Scene, size: PageSize, back: Option<Ref>) {
        let layout = place(scene);
        let painting = paint(scene, &layout);
        let sheet = Sheet::for_picture(size, painting.width, painting.height);
        let links = page::links(scene, &layout, &painting, back);
        self.page(own, &sheet, &page::content(&painting.marks, scene.theme, &sheet), &links);
    }

    /// A page with its content stream.
    fn page(&mut self, own: Ref, sheet: &Sheet, content: &[u8], links: &[Link]) {
        let (body, notes) = (self.allot(), links.iter().map(|_| self.allot()).collect::<Vec<_>>());
        let mut page = self.pdf.page(own);
        page.parent(self.tree).contents(body);
        page.media_box(Rect::new(0.0, 0.0, sheet.width as f32, sheet.height as f32));
        let [regular, bold] = self.fonts;
        page.resources().fonts().pair(font::REGULAR, regular).pair(font::BOLD, bold);
        if !notes.is_empty() {
            page.annotations(notes.iter().copied());
        }
        page.finish();
        for (note, link) in notes.iter().zip(links) {
            let mut annotation = self.pdf.annotation(*note);
            annotation.subtype(pdf_writer::types::AnnotationType::Link);
            let (left, top) = sheet.point(link.from.x, link.from.y);
            let (right, bottom) = sheet.point(link.from.right(), link.from.bottom());
            annotation.rect(Rect::new(left, bottom, right, top));
            annotation.border(0.0, 0.0, 0.0, None);
            let destination: Destination<'_> = annotation.insert(pdf_writer::Name(b"Dest")).start();
            match link.to {
                Target::Here(x, y) => {
                    let (x, y) = sheet.point(x, y);
                    destination.page(own).xyz(x, y, None);
                }
                Target::Page(page) => destination.page(page).fit(),
            }
        }
        let packed = font::packed(content);
        self.pdf.stream(body, &packed).filter(pdf_writer::Filter::FlateDecode);
        self.pages.push(own);
    }

    /// Fonts, bookmarks, catalogue.
    fn finish(mut self, title: &str, bookmarks: &[(String, Ref)]) -> Vec<u8> {
        for (own, bold) in self.fonts.into_iter().zip([false, true]) {
            let parts = [self.allot(), self.allot(), self.allot(), self.allot()];
            font::embed(&mut self.pdf, own, parts, bold);
        }
        let items: Vec<Ref> = bookmarks.iter().map(|_| self.allot()).collect();
        let outline = self.allot();
        let info = self.allot();
        for (place, ((name, page), own)) in bookmarks.iter().zip(&items).enumerate() {
            let mut item = self.pdf.outline_item(*own);
            item.title(TextStr(name)).parent(outline);
            if let Some(before) = place.checked_sub(1).and_then(|before| items.get(before)) {
                item.prev(*before);
            }
            if let Some(after) = items.get(place + 1) {
                item.next(*after);
            }
            item.dest().page(*page).fit();
        }
        if let (Some(first), Some(last)) = (items.first(), items.last()) {
            self.pdf.outline(outline).first(*first).last(*last).count(items.len() as i32);
        }
        self.pdf.document_info(info).title(TextStr(title)).producer(TextStr("Strowger"));
        self.pdf.pages(self.tree).kids(self.pages.iter().copied()).count(self.pages.len() as i32);
        let mut catalog = self.pdf.catalog(self.catalog);
        catalog.pages(self.tree).viewer_preferences().display_doc_title(true);
        if !items.is_empty() {
            catalog.outlines(outline).page_mode(PageMode::UseOutlines);
        }
        catalog.finish();
        self.pdf.finish()
    }
}
