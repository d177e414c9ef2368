//! Reads Rust source as a flat list of tokens.

use std::path::{Path, PathBuf};

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The code of one file.
pub struct Source {
    /// Names, `::`, `{`, `}` and `,`, without items under `#[cfg(test)]`.
    pub tokens: Vec<String>,
    /// The paths of its test modules, without `.rs`.
    pub test_modules: Vec<String>,
}

impl Source {
    pub fn parse(path: &str, text: &str) -> Self {
        let stream: TokenStream = text.parse().unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut source = Self { tokens: Vec::new(), test_modules: Vec::new() };
        source.read(path, stream);
        source
    }

    fn read(&mut self, path: &str, stream: TokenStream) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < trees.len() {
            if is_test_attribute(&trees[at..]) {
                let item = &trees[at + 2..];
                let length = item.iter().position(is_end_of_item).map_or(item.len(), |end| end + 1);
                // An import with braces goes on to its semicolon.
                let is_import = item.iter().take(length).any(|tree| tree.to_string() == "use");
                let is_semicolon = |tree: &TokenTree| tree.to_string() == ";";
                let length =
                    if is_import { item.iter().position(is_semicolon).map_or(length, |end| end + 1) } else { length };
                self.test_modules.extend(test_module(path, &item[..length]));
                at += 2 + length;
                continue;
            }
            match &trees[at] {
                TokenTree::Ident(name) => self.tokens.push(name.to_string()),
                TokenTree::Punct(sign)
                    if sign.as_char() == ':' && trees.get(at + 1).is_some_and(|next| next.to_string() == ":") =>
                {
                    self.tokens.push("::".to_owned());
                    at += 1;
                }
                TokenTree::Punct(sign) if sign.as_char() == ',' => self.tokens.push(",".to_owned()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                TokenTree::Group(group) => {
                    let is_brace = group.delimiter() == Delimiter::Brace;
                    self.tokens.extend(is_brace.then(|| "{".to_owned()));
                    self.read(path, group.stream());
                    self.tokens.extend(is_brace.then(|| "}".to_owned()));
                }
            }
            at += 1;
        }
    }
}

fn is_test_attribute(trees: &[TokenTree]) -> bool {
    matches!(trees, [TokenTree::Punct(sign), TokenTree::Group(group), ..]
        if sign.as_char() == '#' && group.stream().to_string().replace(' ', "") == "cfg(test)")
}

fn is_end_of_item(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Punct(sign) => sign.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}

/// The file of `mod name;`, which a `#[path]` may change.
fn test_module(path: &str, item: &[TokenTree]) -> Option<String> {
    let texts: Vec<String> = item.iter().map(ToString::to_string).collect();
    let at = texts.iter().position(|text| text == "mod")?;
    if texts.last()? != ";" {
        return None;
    }
    let attribute = texts.iter().find_map(|text| text.strip_prefix("[path = \""));
    let file = match attribute {
        Some(file) => {
            let file = file.trim_end_matches("\"]").trim_end_matches(".rs").trim_end_matches("/mod");
            Path::new(path).parent()?.join(file)
        }
        None => modules(path).iter().collect::<PathBuf>().join(&texts[at + 1]),
    };
    Some(file.to_string_lossy().into_owned())
}

/// The modules that lead to a file, its own included.
fn modules(path: &str) -> Vec<&str> {
    let mut modules: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
    if matches!(modules.last(), Some(&("mod" | "lib" | "main"))) {
        modules.pop();
    }
    modules
}

/// The modules of the crate root that a file names, through `crate::`, or through `super::` that leads to the root.
pub fn imported_modules<'a>(path: &str, tokens: &'a [String], is_module: impl Fn(&str) -> bool) -> Vec<&'a str> {
    let depth = modules(path).len();
    let mut imported = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at].as_str();
        at += 1;
        let is_crate = token == "crate" || (token == "vouchsafe" && path == "main.rs");
        let is_start = at < 2 || tokens[at - 2] != "::";
        let mut supers = usize::from(token == "super" && is_start);
        while supers > 0 && tokens.get(at..at + 2).is_some_and(|next| next[0] == "::" && next[1] == "super") {
            supers += 1;
            at += 2;
        }
        let is_root = is_crate || (supers > 0 && supers >= depth);
        if is_root && tokens.get(at).is_some_and(|next| next == "::") {
            imported.extend(first_names(&tokens[at + 1..]).into_iter().filter(|name| is_module(name)));
        }
    }
    imported
}

/// `a` of `a::b`; `a` and `c` of `{a::b, c::{d, e}}`.
fn first_names(tokens: &[String]) -> Vec<&str> {
    if tokens.first().is_none_or(|first| first != "{") {
        return tokens.first().map(String::as_str).into_iter().collect();
    }
    let (mut names, mut depth) = (Vec::new(), 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            name if depth == 1 && name != "," && matches!(tokens[index - 1].as_str(), "{" | ",") => names.push(name),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names
}
