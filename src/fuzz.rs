//! Properties over changed texts of a saved corpus (`tests/corpus`). A failure is shrunk to its least changes.
//!
//! `VOUCHSAFE_FUZZ_SECONDS` says for how long each target runs, and the number in `VOUCHSAFE_FUZZ_SEED` which changes come.

use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// How long each target runs in an ordinary run of the tests.
const DEFAULT_SECONDS: f64 = 0.3;
/// Within this time one input is read, however it looks.
const MAX_TIME: Duration = Duration::from_secs(30);

/// What breaks readers of every format.
const PIECES: [&str; 56] = [
    "",
    "\0",
    "\t",
    "\n",
    "\r\n",
    " ",
    "\u{7f}",
    "\u{85}",
    "\u{ad}",
    "\u{200b}",
    "\u{202e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{1f600}",
    "\u{130}",
    "\u{17f}",
    "\u{212a}",
    "\u{ff20}",
    "\u{3002}",
    "e\u{301}",
    "\"",
    "'",
    "\\",
    "\\u0000",
    "\\ud800",
    "\\u0061",
    "{",
    "}",
    "[",
    "]",
    "[[[[[[[[",
    ",",
    ":",
    "=",
    "&",
    "#",
    "%",
    "%00",
    "%25",
    "/",
    "..",
    "@",
    "*",
    "null",
    "true",
    "-1",
    "0",
    "1e308",
    "9223372036854775808",
    "-0.0",
    "NaN",
    "\"\"",
    "{}",
    "[]",
    "{\"a\":1,\"a\":2}",
    "<!--",
];

/// One change of a text. Positions are counted in characters.
#[derive(Clone, Debug)]
enum Edit {
    Delete(Index, usize),
    Insert(Index, String),
    Replace(Index, char),
    /// The same characters so many times more.
    Repeat(Index, usize, usize),
    /// Characters of another text of the corpus.
    Splice(Index, String),
}

impl Edit {
    fn apply(&self, text: &mut Vec<char>) {
        let at = |index: &Index, text: &[char]| index.index(text.len() + 1);
        let range = |index: &Index, length: usize, text: &[char]| -> Range<usize> {
            let start = at(index, text);
            start..(start + length).min(text.len())
        };
        match self {
            Self::Delete(index, length) => drop(text.drain(range(index, *length, text))),
            Self::Insert(index, piece) | Self::Splice(index, piece) => {
                let start = at(index, text);
                text.splice(start..start, piece.chars());
            }
            Self::Replace(index, character) => {
                text.splice(range(index, 1, text), [*character]);
            }
            Self::Repeat(index, length, times) => {
                let range = range(index, *length, text);
                let repeated = text[range.clone()].repeat(*times);
                text.splice(range.start..range.start, repeated);
            }
        }
    }
}

fn edits(corpus: &[String], words: &[&str]) -> impl Strategy<Value = Vec<Edit>> + use<> {
    let pieces: Vec<String> = PIECES.iter().chain(words).map(|piece| (*piece).to_owned()).collect();
    let part =
        (prop::sample::select(corpus.to_vec()), any::<Index>(), 1..24_usize).prop_map(|(text, start, length)| {
            let skipped = start.index(text.chars().count() + 1);
            text.chars().skip(skipped).take(length).collect::<String>()
        });
    let index = any::<Index>;
    let edit = prop_oneof![
        (index(), 1..12_usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        (index(), prop::sample::select(pieces)).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (index(), any::<char>()).prop_map(|(at, character)| Edit::Replace(at, character)),
        (index(), prop::char::range(' ', '~')).prop_map(|(at, character)| Edit::Replace(at, character)),
        (index(), 1..12_usize, 1..40_usize).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
        (index(), part).prop_map(|(at, part)| Edit::Splice(at, part)),
    ];
    prop::collection::vec(edit, 1..5)
}

fn corpus(target: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(format!("{target}.json"));
    serde_json::from_slice(&std::fs::read(&path).expect("a corpus")).expect("a list of texts")
}

/// The changes of a batch: the same in every run with this seed, so that a check of a commit does not depend on chance.
fn rng(seed: u64, batch: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    bytes[8..16].copy_from_slice(&batch.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Runs `property` on every text of the corpus of `target`, and then on changed ones. It says whether the text was
/// accepted, and panics if something is wrong. `words` are those of the format.
pub(crate) fn fuzz(target: &str, words: &[&str], property: impl Fn(&str) -> bool) {
    let seconds = std::env::var("VOUCHSAFE_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let (began, time) = (Instant::now(), Duration::from_secs_f64(seconds.unwrap_or(DEFAULT_SECONDS)));
    let (tried, accepted) = (std::cell::Cell::new(0_u64), std::cell::Cell::new(0_u64));
    let run = |text: &str| {
        let began = Instant::now();
        let is_accepted = property(text);
        let took = began.elapsed();
        assert!(took < MAX_TIME, "{took:?} for {} characters", text.chars().count());
        tried.set(tried.get() + 1);
        accepted.set(accepted.get() + u64::from(is_accepted));
    };
    let corpus = corpus(target);
    for text in &corpus {
        run(text);
    }
    let good = accepted.get();
    let strategy = (prop::sample::select(corpus.clone()), edits(&corpus, words)).prop_map(|(text, edits)| {
        let mut text: Vec<char> = text.chars().collect();
        for edit in &edits {
            edit.apply(&mut text);
            text.truncate(20_000);
        }
        text.into_iter().collect::<String>()
    });
    let config = Config { cases: 64, failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    let seed: u64 = std::env::var("VOUCHSAFE_FUZZ_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_default();
    for batch in 0_u64.. {
        if began.elapsed() >= time {
            break;
        }
        // A runner counts its cases over all its runs, and would do nothing in a second one.
        let mut runner = TestRunner::new_with_rng(config.clone(), rng(seed, batch));
        if let Err(failure) = runner.run(&strategy, |text| {
            run(&text);
            Ok(())
        }) {
            panic!("{target}: {failure}");
        }
    }
    println!(
        "fuzz {target}: {} inputs, {} accepted; the corpus has {}, {good} accepted",
        tried.get(),
        accepted.get(),
        corpus.len()
    );
}
