//! The tables of the pages.

use maud::{Markup, html};

/// A column: its heading, and its class if it is not one of plain text.
pub(super) type Column = (&'static str, Option<&'static str>);

/// A column of numbers.
pub(super) const NUMBER: Option<&str> = Some("num");

/// A column that narrow windows leave out.
pub(super) const WIDE: Option<&str> = Some("wide");

/// A table, which scrolls within the page where the window is narrower, also by keyboard. `name` is its class and the id
/// of its body.
pub(super) fn table(label: &str, name: Option<&str>, columns: &[Column], rows: &Markup) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) {
            table class=[name] {
                thead {
                    tr { @for (heading, class) in columns { th class=[class] scope="col" { (heading) } } }
                }
                tbody id=[name] { (rows) }
            }
        }
    }
}
