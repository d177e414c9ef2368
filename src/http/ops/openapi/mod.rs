//! `GET /openapi.json`: the description of the routes (OpenAPI 3.1), as they are mounted here; `GET /openapi`: the same as
//! a page.
//!
//! It is written by hand, because two dialects with an error shape each, parameters that are read by hand, and cookies
//! cannot be derived from the handlers. Tests hold it against the routes, the error codes and the answers of the service.

pub mod assemble;
#[cfg(feature = "pages")]
mod page;
#[cfg(feature = "pages")]
mod schema;

use std::collections::BTreeSet;
use std::sync::OnceLock;

use actix_web::http::header::{self, EntityTag, Header, IfNoneMatch};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::domain::sha256::sha256;
use crate::http::state::HttpState;
use crate::settings::{ADMIN_PATH, Mode, Settings};
use assemble::{Mounts, assemble};

/// How long a description may be kept without asking again, in seconds.
const MAX_AGE: u32 = 60;

/// The description of what these settings mount. It is made when it is first asked for.
#[derive(Debug)]
pub struct ApiDescription {
    mounts: Mounts,
    document: OnceLock<Document>,
    #[cfg(feature = "pages")]
    page: OnceLock<Bytes>,
}

/// The bytes of a description.
#[derive(Clone, Debug)]
struct Document {
    json: Bytes,
    tag: String,
}

/// The paths that an embedding app leaves out.
#[derive(Clone, Debug, Default)]
pub struct LeftOut(BTreeSet<String>);

impl ApiDescription {
    /// The description of a service whose routes are mounted at the path `mount_point` of the public URL.
    #[must_use]
    pub fn new(settings: &Settings, mount_point: &str) -> Self {
        let public_url = &settings.server.public_url;
        // The path of the dialect that the public URL names, or else the first one.
        let named = public_url.path().trim_end_matches('/').strip_prefix(mount_point).unwrap_or_default();
        let paths = &settings.nhost.paths;
        let is_nhost = cfg!(feature = "nhost");
        let nhost = paths.iter().find(|path| *path == named).or(paths.first()).filter(|_| is_nhost).cloned();
        let aliases = paths.iter().filter(|path| is_nhost && nhost.as_ref() != Some(path)).cloned().collect();
        let aufy = &settings.aufy;
        let aufy_paths = (aufy.auth_path.clone(), aufy.account_path.clone());
        let is_path_free = !paths.iter().chain([&aufy_paths.0, &aufy_paths.1]).any(|path| path == ADMIN_PATH);
        let mounts = Mounts {
            server: format!("{}{mount_point}", public_url.origin().ascii_serialization()),
            ops: nhost.clone().unwrap_or_default(),
            nhost,
            nhost_aliases: aliases,
            aufy: (cfg!(feature = "aufy") && aufy.enabled).then_some(aufy_paths),
            has_sign_up_form: aufy.fields.is_some(),
            admin: (is_path_free && !settings.admin.tokens.is_empty()).then(|| ADMIN_PATH.to_owned()),
            has_pages: cfg!(feature = "pages"),
            is_development: settings.mode == Mode::Development,
        };
        Self {
            mounts,
            document: OnceLock::new(),
            #[cfg(feature = "pages")]
            page: OnceLock::new(),
        }
    }

    /// The paths that `is_mounted` refuses; `/admin` stands for all below it.
    #[must_use]
    pub fn left_out(&self, is_mounted: impl Fn(&str) -> bool) -> LeftOut {
        let document = self.value(&LeftOut::default());
        let paths = document["paths"].as_object().into_iter().flat_map(|paths| paths.keys());
        let is_refused = |path: &str| {
            let is_for_operators = self.mounts.admin.as_deref().is_some_and(|admin| path.starts_with(admin));
            !is_mounted(if is_for_operators { ADMIN_PATH } else { path })
        };
        LeftOut(paths.filter(|path| is_refused(path)).cloned().collect())
    }

    fn value(&self, left_out: &LeftOut) -> Value {
        assemble(env!("CARGO_PKG_VERSION"), &self.mounts, &|path| left_out.0.contains(path))
    }

    fn document(&self, left_out: &LeftOut) -> Document {
        let make = || {
            let json = self.value(left_out).to_string();
            let tag = hex::encode(&sha256(&json)[..8]);
            Document { json: Bytes::from(json), tag }
        };
        // Workers may leave out different paths, so that such a description is made for each request.
        if left_out.0.is_empty() { self.document.get_or_init(make).clone() } else { make() }
    }

    #[cfg(feature = "pages")]
    fn page(&self, left_out: &LeftOut) -> Bytes {
        let make = || Bytes::from(page::render(&self.value(left_out)));
        if left_out.0.is_empty() { self.page.get_or_init(make).clone() } else { make() }
    }
}

fn left_out(request: &HttpRequest) -> LeftOut {
    request.app_data::<LeftOut>().cloned().unwrap_or_default()
}

/// `GET /openapi.json`
pub(super) async fn document(request: HttpRequest, http: web::Data<HttpState>) -> HttpResponse {
    let Document { json, tag } = http.api.document(&left_out(&request));
    let tag = EntityTag::new_strong(tag);
    let is_known = match IfNoneMatch::parse(&request) {
        Ok(IfNoneMatch::Items(known)) => known.iter().any(|known| known.weak_eq(&tag)),
        Ok(IfNoneMatch::Any) => true,
        Err(_) => false,
    };
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header(header::ETag(tag));
    response.insert_header((header::CACHE_CONTROL, format!("public, max-age={MAX_AGE}")));
    if is_known { response.finish() } else { response.content_type("application/json").body(json) }
}

/// `GET /openapi`
#[cfg(feature = "pages")]
pub(super) async fn page(request: HttpRequest, http: web::Data<HttpState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, page::policy()))
        .body(http.api.page(&left_out(&request)))
}
