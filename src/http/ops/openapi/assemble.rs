//! Makes the document out of its parts. Each `.json` file is a part of an OpenAPI document, written by hand, with paths
//! that begin where its routes are mounted.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const BASE: &str = include_str!("base.json");
const NHOST: [&str; 5] = [
    include_str!("nhost/schemas.json"),
    include_str!("nhost/sign_in.json"),
    include_str!("nhost/id_tokens.json"),
    include_str!("nhost/sessions.json"),
    include_str!("nhost/account.json"),
];
const AUFY_AUTH: [&str; 3] =
    [include_str!("aufy/schemas.json"), include_str!("aufy/auth.json"), include_str!("aufy/sessions.json")];
const AUFY_ACCOUNT: [&str; 1] = [include_str!("aufy/account.json")];
const ADMIN: [&str; 4] = [
    include_str!("admin/schemas.json"),
    include_str!("admin/service.json"),
    include_str!("admin/users.json"),
    include_str!("admin/sessions.json"),
];
const OAUTH: [&str; 1] = [include_str!("oauth.json")];
const OPS: [&str; 1] = [include_str!("ops.json")];

/// The route that exists only if new users of the Aufy dialect fill in a form.
const SIGN_UP_FORM: &str = "/signup/external";

/// The routes that exist only in builds with pages.
const PAGE: &str = "/openapi";
const SIGN_IN_PAGE: &str = "/signin";

/// What is mounted, and where.
#[derive(Clone, Debug, Default)]
pub struct Mounts {
    /// The URL before all paths.
    pub server: String,
    /// The path of the routes of the Nhost dialect.
    pub nhost: Option<String>,
    /// Where they are mounted besides.
    pub nhost_aliases: Vec<String>,
    /// The paths of the Aufy dialect: auth and account.
    pub aufy: Option<(String, String)>,
    /// Whether its new users fill in a form.
    pub has_sign_up_form: bool,
    /// The path of the routes for operators.
    pub admin: Option<String>,
    /// The path of keys, health and version.
    pub ops: String,
    /// Whether there are pages.
    pub has_pages: bool,
    /// Whether this is development mode, which refuses foreign host names.
    pub is_development: bool,
}

/// What every route of a group may answer: the names of the responses for a refusal by the route, for one by what is around
/// all routes, and for what may succeed later.
#[derive(Clone, Copy)]
struct Common {
    refusal: Option<&'static str>,
    outer: Option<&'static str>,
    later: Option<&'static str>,
}

const OF_NHOST: Common = Common { refusal: Some("Error"), outer: Some("Error"), later: Some("Later") };
const OF_AUFY: Common = Common { refusal: Some("AufyProblem"), outer: Some("AufyProblem"), later: Some("AufyLater") };
const OF_ADMIN: Common = Common { refusal: Some("Problem"), outer: Some("Problem"), later: Some("ProblemLater") };

/// The document without the paths that `is_left_out` names.
#[must_use]
pub fn assemble(version: &str, mounts: &Mounts, is_left_out: &dyn Fn(&str) -> bool) -> Value {
    let mut document = parse(BASE);
    document["info"]["version"] = version.into();
    document["servers"] = json!([{"url": mounts.server}]);
    let mut groups: Vec<(&[&str], &str, Common)> = Vec::new();
    if let Some(path) = &mounts.nhost {
        groups.push((&NHOST, path, OF_NHOST));
    }
    if let Some((auth, account)) = &mounts.aufy {
        groups.push((&AUFY_AUTH, auth, OF_AUFY));
        groups.push((&AUFY_ACCOUNT, account, OF_AUFY));
    }
    if let Some(path) = &mounts.admin {
        groups.push((&ADMIN, path, OF_ADMIN));
    }
    // These routes are in the scope of the Nhost dialect, if there is one.
    let outer = mounts.nhost.is_some().then_some("Error");
    groups.push((&OAUTH, &mounts.ops, Common { refusal: Some("OAuthError"), outer, later: Some("OAuthLater") }));
    groups.push((&OPS, &mounts.ops, Common { refusal: outer, outer, later: None }));
    for (parts, base, common) in groups {
        for part in parts {
            add(&mut document, parse(part), base, common, mounts.is_development);
        }
    }
    if let Some(aliases) = listed(&mounts.nhost_aliases) {
        let more = format!("\n\nThe routes that follow Nhost, and those of the service, are also below {aliases}.");
        let text = document["info"]["description"].as_str().unwrap_or_default().to_owned();
        document["info"]["description"] = (text + &more).into();
    }
    let absent = absent_paths(mounts);
    if let Some(paths) = document["paths"].as_object_mut() {
        paths.retain(|path, _| !absent.contains(path) && !is_left_out(path));
        remove_dangling_links(paths);
    }
    if !mounts.has_pages {
        remove_pages(&mut document["components"]["responses"]);
    }
    document
}

/// Paths of the parts that these settings or this build do not have. The Nhost dialect always has pages.
fn absent_paths(mounts: &Mounts) -> Vec<String> {
    let mut absent = Vec::new();
    if let Some((auth, _)) = &mounts.aufy {
        absent.extend((!mounts.has_sign_up_form).then(|| format!("{auth}{SIGN_UP_FORM}")));
        absent.extend((!mounts.has_pages).then(|| format!("{auth}{SIGN_IN_PAGE}")));
    }
    absent.extend((!mounts.has_pages).then(|| format!("{}{PAGE}", mounts.ops)));
    absent
}

/// Errors are pages only in builds with pages.
fn remove_pages(responses: &mut Value) {
    for response in responses.as_object_mut().into_iter().flat_map(Map::values_mut) {
        if let Some(content) = response["content"].as_object_mut() {
            content.remove("text/html");
        }
    }
}

#[expect(clippy::expect_used, reason = "constant text, parsed by a test")]
fn parse(part: &str) -> Value {
    serde_json::from_str(part).expect("JSON")
}

fn listed(paths: &[String]) -> Option<String> {
    let quoted: Vec<String> =
        paths.iter().map(|path| format!("`{}`", if path.is_empty() { "/" } else { path })).collect();
    (!quoted.is_empty()).then(|| quoted.join(", "))
}

/// Adds a part whose paths are below `base`.
fn add(document: &mut Value, part: Value, base: &str, common: Common, is_development: bool) {
    let Value::Object(mut part) = part else { return };
    if let (Some(Value::Array(tags)), Some(all)) = (part.remove("tags"), document["tags"].as_array_mut()) {
        all.extend(tags);
    }
    if let (Some(Value::Object(paths)), Some(all)) = (part.remove("paths"), document["paths"].as_object_mut()) {
        for (path, mut item) in paths {
            for operation in item.as_object_mut().into_iter().flat_map(|item| item.values_mut()) {
                add_common_responses(operation, common, is_development);
            }
            all.insert(format!("{base}{path}"), item);
        }
    }
    if let Some(Value::Object(kinds)) = part.remove("components") {
        for (kind, components) in kinds {
            let all = document["components"].as_object_mut().map(|all| all.entry(kind).or_insert_with(|| json!({})));
            if let (Some(all), Value::Object(components)) = (all.and_then(Value::as_object_mut), components) {
                all.extend(components);
            }
        }
    }
}

/// Answers that come from what is around the handlers: limits, the budget of a client, and failures.
fn add_common_responses(operation: &mut Value, common: Common, is_development: bool) {
    let has_body = operation.get("requestBody").is_some();
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let mut add = |status: &str, name: Option<&str>, description: &str| {
        let Some(name) = name else { return };
        let reference = format!("#/components/responses/{name}");
        let response = json!({"$ref": reference, "description": description});
        responses.entry(status).or_insert(response);
    };
    if has_body {
        add("408", common.refusal, "The body took longer than `server.body_timeout`.");
        add("413", common.refusal, "The body has more than 64 KiB.");
    }
    if is_development {
        add("421", common.outer, "Development mode answers only on this machine's own names.");
    }
    add("429", common.later, "The client sent more requests than `rate_limit` allows.");
    add("500", common.refusal, "An error of this service; its log says more.");
    add("503", common.later, "The service is busy, or something that it needs is out of reach.");
}

/// Links lead to operations of this document only.
fn remove_dangling_links(paths: &mut Map<String, Value>) {
    let operations = |item: &Value| item.as_object().into_iter().flat_map(Map::values).cloned().collect::<Vec<_>>();
    let known: BTreeSet<String> = paths
        .values()
        .flat_map(operations)
        .filter_map(|operation| Some(operation["operationId"].as_str()?.to_owned()))
        .collect();
    for response in paths
        .values_mut()
        .flat_map(|item| item.as_object_mut().into_iter().flat_map(Map::values_mut))
        .filter_map(|operation| operation["responses"].as_object_mut())
        .flat_map(Map::values_mut)
    {
        if let Some(links) = response.get_mut("links").and_then(Value::as_object_mut) {
            links.retain(|_, link| link["operationId"].as_str().is_some_and(|id| known.contains(id)));
        }
    }
}
