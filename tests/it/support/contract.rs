//! Holds the answers that tests receive against the description of the routes: status, content type, headers and body.

#[path = "../../../src/http/ops/openapi/assemble.rs"]
mod assemble;

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};
use url::Url;

use super::browser::Response;
use assemble::{Mounts, assemble};

/// The routes as they are mounted by default, in development mode, with everything that can be turned on.
static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::new);

/// Panics if the description does not allow this answer. Paths that it does not name are not looked at.
pub fn check(method: &str, url: &str, response: &Response) {
    let violation = violation(method, url, response);
    assert_eq!(violation, None, "the answer is not described: {method} {url}: {} {}", response.status, response.text());
}

/// In which way an answer differs from the description.
pub fn violation(method: &str, url: &str, response: &Response) -> Option<String> {
    // Every answer of the described routes has an id; this one is of another listener.
    response.header("x-request-id")?;
    let path = url.parse::<Url>().ok()?.path().to_owned();
    let route = CONTRACT.route(method, &path).or_else(|| CONTRACT.route(method, path.strip_prefix("/v1")?))?;
    // The settings of this node leave the route out.
    if response.status == 404 && response.text().to_lowercase().contains("there is nothing here") {
        return None;
    }
    match route.answers.get(&response.status) {
        Some(answer) => answer.violation(method, response),
        None => Some("status".to_owned()),
    }
}

struct Contract(Vec<Route>);

struct Route {
    method: String,
    template: Vec<String>,
    answers: BTreeMap<u16, Answer>,
}

struct Answer {
    required_headers: Vec<String>,
    bodies: BTreeMap<String, Body>,
}

/// A schema that is compiled when it is first needed.
struct Body {
    schema: Value,
    validator: OnceLock<Validator>,
}

impl Contract {
    fn new() -> Self {
        let mounts = Mounts {
            nhost: Some(String::new()),
            aufy: Some(("/api/auth".to_owned(), "/api/account".to_owned())),
            has_sign_up_form: true,
            admin: Some("/admin".to_owned()),
            has_pages: true,
            is_development: true,
            ..Mounts::default()
        };
        let document = assemble("0", &mounts, &|_| false);
        let mut strict = document["components"].clone();
        forbid_other_members(&mut strict["schemas"]);
        let mut routes = Vec::new();
        for (path, item) in document["paths"].as_object().expect("paths") {
            for (method, operation) in item.as_object().expect("operations") {
                let responses = operation["responses"].as_object().expect("responses");
                let answers = responses.iter().map(|(status, response)| {
                    (status.parse().expect("a status"), Answer::new(resolve(&document, response), &document, &strict))
                });
                let template = path.split('/').map(str::to_owned).collect();
                routes.push(Route { method: method.to_uppercase(), template, answers: answers.collect() });
            }
        }
        // A literal part counts more than a parameter.
        routes.sort_by_key(|route| route.template.iter().filter(|part| part.starts_with('{')).count());
        Self(routes)
    }

    fn route(&self, method: &str, path: &str) -> Option<&Route> {
        let given: Vec<&str> = path.split('/').collect();
        self.0.iter().find(|route| {
            let is_part = |(part, given): (&String, &&str)| part.starts_with('{') && !given.is_empty() || part == given;
            route.method == method
                && route.template.len() == given.len()
                && route.template.iter().zip(&given).all(is_part)
        })
    }
}

impl Answer {
    fn new(response: &Value, document: &Value, components: &Value) -> Self {
        let headers = response["headers"].as_object().into_iter().flatten();
        let is_required = |header: &Value| resolve(document, header)["required"] == true;
        let bodies = response["content"].as_object().into_iter().flatten().map(|(kind, media)| {
            let mut schema = media["schema"].clone();
            forbid_other_members(&mut schema);
            let schema = json!({"allOf": [schema], "components": components});
            (kind.clone(), Body { schema, validator: OnceLock::new() })
        });
        Self {
            required_headers: headers.filter(|(_, header)| is_required(header)).map(|(name, _)| name.clone()).collect(),
            bodies: bodies.collect(),
        }
    }

    fn violation(&self, method: &str, response: &Response) -> Option<String> {
        if let Some(name) = self.required_headers.iter().find(|name| response.header(name).is_none()) {
            return Some(format!("the header {name} is missing"));
        }
        if self.bodies.is_empty() {
            // Which dialect answers with an error depends on what else is mounted.
            return (response.status < 400 && !response.body.is_empty()).then(|| "a body".to_owned());
        }
        if method == "HEAD" {
            return None;
        }
        let kind = response.header("content-type").unwrap_or_default().split(';').next().unwrap_or_default();
        let Some(body) = self.bodies.get(kind) else { return Some(format!("the content type {kind:?}")) };
        if !kind.ends_with("json") {
            return None;
        }
        let options = || jsonschema::options().should_validate_formats(true).build(&body.schema).expect("a schema");
        let (validator, value) = (body.validator.get_or_init(options), response.json());
        let errors: Vec<_> =
            validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        (!errors.is_empty()).then(|| errors.join("; "))
    }
}

/// What a `$ref` names.
pub fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => {
            let pointer = reference.strip_prefix('#').expect("a reference into the document");
            document.pointer(pointer).unwrap_or_else(|| panic!("nothing at {reference}"))
        }
        None => value,
    }
}

/// Clients ignore members that they do not know; here one that is not described is an error.
fn forbid_other_members(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.iter_mut().filter(|(name, _)| *name != "examples").for_each(|(_, one)| forbid_other_members(one));
        }
        Value::Array(all) => all.iter_mut().for_each(forbid_other_members),
        _ => {}
    }
}
