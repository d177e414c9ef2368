//! Changed form bodies and queries of a callback.

use super::*;
use crate::fuzz::fuzz;

fn read(body: &[u8]) -> Option<CallbackParams> {
    text_map::from_bytes(body).ok()
}

fn fields(params: &CallbackParams) -> Vec<(&'static str, String)> {
    let state = ("state", params.state.as_deref());
    let all = params.without_state().into_iter().chain([state]);
    all.filter_map(|(name, value)| Some((name, value?.to_owned()))).collect()
}

/// A body with every letter of its names encoded: another spelling of the same.
fn respelled(body: &str) -> String {
    let parts = body.split('&').map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let encode = |c: char| if c.is_ascii_alphabetic() { format!("%{:02x}", u32::from(c)) } else { c.to_string() };
        // A `%` in front of two digits stays one escape.
        let name: String = if name.contains('%') { name.to_owned() } else { name.chars().map(encode).collect() };
        format!("{name}={value}")
    });
    parts.collect::<Vec<_>>().join("&")
}

#[test]
fn fuzz_form_body() {
    fuzz(
        "form_body",
        &["state=", "code=", "&", "iss=", "undefined", "%73tate=", "+", "error=", "user=%7b%7d"],
        |text| {
            // As bytes that are no UTF-8, too.
            let bytes: Vec<u8> = text.chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect();
            read(&bytes);
            let params = read(text.as_bytes());
            let spelled = read(respelled(text).as_bytes());
            assert_eq!(params.as_ref().map(fields), spelled.as_ref().map(fields), "with encoded names");
            let Some(params) = params else { return false };
            let given = fields(&params);
            let again = Serializer::new(String::new()).extend_pairs(&given).finish();
            // This one word is read as a missing value.
            let has_word = given.iter().any(|(_, value)| value == "undefined");
            assert!(has_word || read(again.as_bytes()).is_some_and(|read| fields(&read) == given), "written again");
            for (name, _) in &given {
                assert!(read(format!("{text}&{name}=x").as_bytes()).is_none(), "{name} twice");
            }
            if let Some(error) = params.provider_error() {
                let is_short = |text: &String| text.chars().count() <= MAX_ERROR_TEXT;
                assert!([&error.error, &error.description, &error.uri].into_iter().all(is_short));
            }
            !given.is_empty()
        },
    );
}
