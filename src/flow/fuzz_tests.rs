//! Changed cookies of a flow: the sealed text, and what was sealed.

use super::cookie::tests::flow;
use super::cookie::{Flow, PURPOSE};
use crate::domain::random::OsRandom;
use crate::domain::seal::{MasterKey, Sealer};
use crate::fuzz::fuzz;

/// Texts are put into a cookie. None opens; sealed by us, each is a flow that is sealed and opened alike, or none.
#[test]
fn fuzz_flow_cookie() {
    let sealer = Sealer::new(&[MasterKey::new("k", [1; 32])], PURPOSE).expect("a key");
    let flow = flow();
    let sealed = flow.seal(&sealer, &OsRandom).expect("sealed");
    let plaintext = sealer.open_text(&sealed, &[flow.id.as_str()]).expect("opened");
    fuzz("flow_cookie", &["\u{1}", "\u{ff}", "\u{80}", "\u{2}", "AQ"], |text| {
        assert!(Flow::open(text, flow.id, &sealer).is_err(), "a text that nobody sealed");
        let bytes: Vec<u8> = text.chars().map(|c| u32::from(c).to_le_bytes()[0]).collect();
        let length = bytes.len();
        let cookie = [&sealed[..length % sealed.len()], text, &sealed[length % sealed.len()..]].concat();
        assert!(text.is_empty() || Flow::open(&cookie, flow.id, &sealer).is_err(), "a cookie with something in it");
        // What stands there is replaced, so that the rest keeps its place.
        let at = length.wrapping_mul(31) % plaintext.len();
        let end = (at + length).min(plaintext.len());
        let changed = [&plaintext[..at], &bytes[..], &plaintext[end..]].concat();
        let mut is_opened = false;
        for plaintext in [&bytes[..], &changed] {
            let resealed = sealer.seal_text(plaintext, &[flow.id.as_str()], &OsRandom).expect("sealed");
            if let Ok(opened) = Flow::open(&resealed, flow.id, &sealer) {
                let again = opened.seal(&sealer, &OsRandom).expect("sealed");
                assert_eq!(Flow::open(&again, flow.id, &sealer), Ok(opened), "sealed again");
                is_opened = true;
            }
        }
        is_opened
    });
}
