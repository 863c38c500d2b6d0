//! From a [`Flow`](flow::graph::Flow) to a picture: [`draw`] makes a [`Scene`] (what is shown, in words, in exit
//! order), [`layout::place`] gives every box and wire its place, and renderers write SVG, Mermaid, an outline for
//! terminals and screen readers, and JSON.
//!
//! ```
//! use drawing::{Context, DrawOptions, draw};
//! # let flow = flow::graph::Flow::default();
//! let scene = draw(&flow, &Context::default(), &DrawOptions::default());
//! let svg = scene.to_svg();
//! assert!(svg.starts_with("<svg"));
//! ```
//!
//! Four rooms, each knowing only those before it: *scene* (words and order), *layout* (sizes and places), *paint* (a
//! display list of marks), *renderers* (files). Not here: where a flow came from, how names are stored (see [`Resolver`]), what a module does,
//! any I/O or clock; dates in a header are given by the caller.
//!
//! The drawing is a tree by law. A node reached a second time, or from below itself, is drawn once, and every other
//! way to it ends in a *link chip* that names the numbered step, so no wire ever crosses another.

mod booklet;
mod build;
mod catalogue;
mod dot;
mod drawio;
mod error;
mod exits;
mod fonts;
mod format;
mod html;
mod json;
mod key;
pub mod layout;
mod mermaid;
mod options;
mod outline;
mod paint;
mod pdf;
mod raster;
mod scene;
mod subject;
mod svg;
mod text;

pub use booklet::Booklet;
pub use build::draw;
pub use catalogue::{Group, Icon, Look, look, modules};
pub use error::DrawError;
pub use exits::{Exit, in_order};
pub use format::{Format, render};
pub use options::{
    CalledFlow, Changes, Context, DrawOptions, FlowSource, Header, Highlight, Reference, Resolver, Theme,
};
pub use pdf::PageSize;
pub use raster::PIXELS_MAX;
pub use scene::{EdgeKind, Label, Scene, SceneEdge, SceneNode, Shape};
