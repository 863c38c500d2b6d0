//! Icons as stroke paths on a grid of 18 by 18. Not here: their colours.

use crate::catalogue::Icon;

/// Side of the grid.
pub(crate) const GRID: f64 = 18.0;
/// A turn to the left: round again.
pub(super) const AGAIN: &str = "M12 9.5H6.5a3.5 3.5 0 0 0 0 7H12M8.5 6.5l-3 3 3 3";
/// An arrow to the right: continued elsewhere.
pub(super) const ONWARD: &str = "M4.5 13h8M9.5 9.5l3.5 3.5-3.5 3.5";

/// A triangle with an exclamation mark: something is wrong.
pub(super) const ALERT: &str = "M9 3L16 15.5H2zM9 7.5v3.5M9 13.3h.01";

/// Path data of an icon.
pub(super) fn path(icon: Icon) -> &'static str {
    match icon {
        Icon::Phone => {
            "M4 3h3l1.5 4-2 1.5a9 9 0 0 0 4 4L12 10.5l4 1.5v3a1 1 0 0 1-1 1C8.5 16 2 9.5 3 4a1 1 0 0 1 1-1z"
        }
        Icon::Speaker => "M3 7v4h3l4 3.5v-11L6 7zM12.5 6.5a3.5 3.5 0 0 1 0 5M14.5 4.5a6.5 6.5 0 0 1 0 9",
        Icon::Keypad => "M4 4h.01M9 4h.01M14 4h.01M4 9h.01M9 9h.01M14 9h.01M4 14h.01M9 14h.01M14 14h.01",
        Icon::Bell => "M4 13h10l-1.5-2V8a3.5 3.5 0 0 0-7 0v3zM9 2.5v2M7.5 15.5h3",
        Icon::Fork => "M2.5 9h4l4-4.5h5M6.5 9l4 4.5h5M13.5 2.5l2 2-2 2M13.5 11.5l2 2-2 2",
        Icon::Clock => "M9 2.5a6.5 6.5 0 1 0 .01 0zM9 5.5V9l2.5 2",
        Icon::Jump => "M8 4H3.5v10.5H14V10M10.5 3H15v4.5M15 3l-7 7",
        Icon::Tape => "M5 6a3 3 0 1 0 .01 0zM13 6a3 3 0 1 0 .01 0zM5 12h8",
        Icon::People => {
            "M6 4a2.2 2.2 0 1 0 .01 0zM12.5 5a1.8 1.8 0 1 0 .01 0zM2 14.5c0-5 8-5 8 0M11.5 10.5c3 0 4.5 1.5 4.5 4"
        }
        Icon::Park => "M3 3h12v12H3zM7 13V5.5h2.5a2.2 2.2 0 0 1 0 4.5H7",
        Icon::Globe => "M9 2.5a6.5 6.5 0 1 0 .01 0zM2.5 9h13M9 2.5c-4 4-4 9 0 13M9 2.5c4 4 4 9 0 13",
        Icon::Page => "M4.5 2.5h6l3 3v10h-9zM10.5 2.5v3h3M6.5 9h5M6.5 12h5",
        Icon::Switch => {
            "M2.5 5.5h7M13.5 5.5h2M11.5 3.7a1.8 1.8 0 1 0 .01 0zM2.5 12.5h2M8.5 12.5h7M6.5 10.7a1.8 1.8 0 1 0 .01 0z"
        }
        Icon::Record => "M9 2.5a6.5 6.5 0 1 0 .01 0zM9 7a2 2 0 1 0 .01 0z",
        Icon::Stop => "M4.5 4.5l9 9M13.5 4.5l-9 9",
        Icon::Question => "M6.5 6.5a2.5 2.5 0 1 1 3.5 2.5c-.7.4-1 .8-1 1.7M9 13.5h.01",
    }
}
