//! Scopes as text (RFC 6749 section 3.3).

/// The scopes in a text, in which spaces or commas separate them: some providers use commas. Each is there once.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    let mut scopes = Vec::new();
    for scope in text.split([' ', ',']).filter(|scope| !scope.is_empty()) {
        if !scopes.iter().any(|known| known == scope) {
            scopes.push(scope.to_owned());
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_split_at_spaces_and_commas_and_named_once() {
        assert_eq!(split("repo,user:email").join("|"), "repo|user:email");
        assert_eq!(split(" a  b, c a").join("|"), "a|b|c");
        assert_eq!(split(" ,"), Vec::<String>::new());
    }
}
