//! What a getter knows about the type of its key, for the JSON Schema of the settings.

/// The type of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::settings) enum Shape {
    /// Text that is not empty.
    Text,
    /// One of these words.
    Choice(Vec<String>),
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
    },
    /// A number and a unit.
    Duration,
    /// An `http` or `https` URL.
    Url,
    /// A list of texts.
    Texts,
    /// Texts under names that the operator chooses.
    TextMap,
    /// A section.
    Section,
    /// A section, or a list of sections.
    Sections,
}
