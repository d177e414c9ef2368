//! Labels with a closed list of values, and metrics that are looked up by them without hashing or locking.

use std::marker::PhantomData;

use prometheus_client::metrics::counter::Counter;

/// A label whose values are known when the process starts.
pub trait Label: Copy + 'static {
    /// All values, in the order of [`Self::index`].
    const ALL: &'static [Self];

    /// The position in [`Self::ALL`].
    fn index(self) -> usize;

    /// The value as it is exported.
    fn text(self) -> &'static str;
}

/// Defines a label: an enumeration with the exported text of each value.
macro_rules! label {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl crate::metrics::label::Label for $name {
            const ALL: &'static [Self] = &[$(Self::$value),+];

            fn index(self) -> usize {
                self as usize
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }
        }
    };
}
pub(super) use label;

/// One metric for each value of a label.
#[derive(Debug)]
pub struct ByLabel<L, M> {
    all: Vec<M>,
    label: PhantomData<L>,
}

impl<L: Label, M> ByLabel<L, M> {
    pub(super) fn new(metric: impl FnMut(L) -> M) -> Self {
        Self { all: L::ALL.iter().copied().map(metric).collect(), label: PhantomData }
    }

    /// The metrics with the texts of their values.
    #[cfg(feature = "pages")]
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &M)> {
        L::ALL.iter().map(|value| value.text()).zip(&self.all)
    }

    /// The metric of this value.
    #[must_use]
    pub fn of(&self, value: L) -> &M {
        &self.all[value.index()]
    }
}

impl<L: Label> ByLabel<L, Counter> {
    /// Counts one.
    pub fn count(&self, value: L) {
        self.of(value).inc();
    }

    /// Counts several.
    pub fn add(&self, value: L, count: u64) {
        self.of(value).inc_by(count);
    }
}
