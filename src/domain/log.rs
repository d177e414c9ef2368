//! The log of requests: each line carries the id of its request and what is known of its sign-in.
//!
//! This module has the macros of the crate `log`; who writes lines for requests imports it under that name. The lines go
//! to whatever logger the process has. What they carry are key-value pairs, so an embedding app's logger gets them, too.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use ::log::Level;
use ::log::kv::{Error, Key, Source, ToValue, Value, VisitSource};
use ::log::{Log, Metadata, Record};

use super::id::{FlowTag, ProviderName};
use super::request_id::{RequestId, TraceId};

/// What the lines of a request carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    request: Option<RequestId>,
    trace: Option<TraceId>,
    dialect: Option<&'static str>,
    flow: Option<FlowTag>,
    provider: Option<ProviderName>,
}

impl Scope {
    /// The scope of a request before anything is known of a sign-in.
    #[must_use]
    pub const fn new(request: RequestId, trace: Option<TraceId>, dialect: Option<&'static str>) -> Self {
        Self { request: Some(request), trace, dialect, flow: None, provider: None }
    }

    /// The scope of what is running, for another task that works for the same request.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.try_with(|current| current.borrow().clone()).unwrap_or_default()
    }

    /// The id of the request that is being answered.
    #[must_use]
    pub fn current_request() -> Option<RequestId> {
        CURRENT.try_with(|current| current.borrow().request.clone()).ok().flatten()
    }

    /// The dialect of the request that is being answered.
    #[must_use]
    pub fn current_dialect() -> Option<&'static str> {
        CURRENT.try_with(|current| current.borrow().dialect).ok().flatten()
    }

    /// From here on, the request is about this provider.
    pub fn set_provider(provider: &ProviderName) {
        set(|scope| scope.provider = Some(provider.clone()));
    }

    /// From here on, the request is about this flow.
    pub fn set_flow(flow: FlowTag) {
        set(|scope| scope.flow = Some(flow));
    }

    /// The dialect of the request.
    #[must_use]
    pub fn dialect(&self) -> Option<&'static str> {
        self.dialect
    }

    /// The flow that the request is about, if one is known.
    #[must_use]
    pub fn flow(&self) -> Option<FlowTag> {
        self.flow
    }

    /// Runs what writes lines of this scope.
    pub fn run<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let _entered = Entered::new(self);
        run()
    }

    /// Runs a future in this scope.
    pub fn enter<F: Future>(self, future: F) -> InScope<F> {
        InScope { scope: self, future }
    }
}

fn set(change: impl FnOnce(&mut Scope)) {
    // A thread that ends has no requests any more.
    let _ = CURRENT.try_with(|current| change(&mut current.borrow_mut()));
}

thread_local! {
    static CURRENT: RefCell<Scope> =
        const { RefCell::new(Scope { request: None, trace: None, dialect: None, flow: None, provider: None }) };
}

pin_project_lite::pin_project! {
    /// A future that has a scope of its own whenever it is polled.
    #[derive(Debug)]
    pub struct InScope<F> {
        scope: Scope,
        #[pin]
        future: F,
    }
}

impl<F: Future> InScope<F> {
    /// Polls it; its scope comes with its output.
    pub fn poll_with_scope(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<(F::Output, &mut Scope)> {
        let this = self.project();
        let future = this.future;
        this.scope.run(|| future.poll(context)).map(|output| (output, this.scope))
    }
}

impl<F: Future> Future for InScope<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_with_scope(context).map(|(output, _)| output)
    }
}

/// The scope is current until this is dropped, also by a panic.
struct Entered<'a>(&'a mut Scope);

impl<'a> Entered<'a> {
    fn new(scope: &'a mut Scope) -> Self {
        set(|current| std::mem::swap(current, scope));
        Self(scope)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        set(|current| std::mem::swap(current, self.0));
    }
}

/// The pairs of a line and those of the scope that it lacks.
struct WithScope<'a> {
    own: &'a dyn Source,
    scope: &'a Scope,
}

impl Source for WithScope<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), Error> {
        self.own.visit(visitor)?;
        let Scope { request, trace, dialect, flow, provider } = self.scope;
        let mut visit = |key: &'static str, value: Value<'kvs>| match self.own.get(key.into()) {
            None => visitor.visit_pair(Key::from_str(key), value),
            Some(_) => Ok(()),
        };
        if let Some(flow) = flow {
            visit("flow", Value::from_display(flow))?;
        }
        if let Some(provider) = provider {
            visit("provider", Value::from_display(provider))?;
        }
        if let Some(dialect) = dialect {
            visit("dialect", dialect.to_value())?;
        }
        if let Some(request) = request {
            visit("request_id", Value::from_display(request))?;
        }
        if let Some(trace) = trace {
            visit("trace_id", Value::from_display(trace))?;
        }
        Ok(())
    }
}

/// The process's logger, for lines that carry the scope.
#[derive(Clone, Copy, Debug)]
pub struct ScopedLogger;

impl Log for ScopedLogger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        ::log::logger().enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let scope = Scope::current();
        let pairs = WithScope { own: record.key_values(), scope: &scope };
        ::log::logger().log(&record.to_builder().key_values(&pairs).build());
    }

    fn flush(&self) {
        ::log::logger().flush();
    }
}

macro_rules! log_at {
    ($level:expr, $($line:tt)+) => { ::log::log!(logger: $crate::domain::log::ScopedLogger, $level, $($line)+) };
}
macro_rules! log_error {
    ($($line:tt)+) => { $crate::domain::log::log!(::log::Level::Error, $($line)+) };
}
macro_rules! log_warn {
    ($($line:tt)+) => { $crate::domain::log::log!(::log::Level::Warn, $($line)+) };
}
macro_rules! log_info {
    (target: $target:expr, $($line:tt)+) => {
        ::log::info!(logger: $crate::domain::log::ScopedLogger, target: $target, $($line)+)
    };
    ($($line:tt)+) => { $crate::domain::log::log!(::log::Level::Info, $($line)+) };
}
macro_rules! log_debug {
    ($($line:tt)+) => { $crate::domain::log::log!(::log::Level::Debug, $($line)+) };
}
pub(crate) use {log_at as log, log_debug as debug, log_error as error, log_info as info, log_warn as warn};

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(own: &dyn Source) -> Vec<String> {
        struct Collect(Vec<String>);
        impl<'kvs> VisitSource<'kvs> for Collect {
            fn visit_pair(&mut self, key: Key<'kvs>, value: Value<'kvs>) -> Result<(), Error> {
                self.0.push(format!("{key}={value}"));
                Ok(())
            }
        }
        let (scope, mut all) = (Scope::current(), Collect(Vec::new()));
        WithScope { own, scope: &scope }.visit(&mut all).expect("visited");
        all.0
    }

    fn scope(number: u64) -> Scope {
        Scope::new(RequestId::Made(number), None, Some("nhost"))
    }

    #[actix_rt::test]
    async fn futures_that_take_turns_keep_their_scopes() {
        let work = |number: u64| async move {
            for _ in 0..3 {
                assert_eq!(Scope::current(), scope(number));
                tokio::task::yield_now().await;
            }
            Scope::set_flow(FlowTag::of("state"));
            tokio::task::yield_now().await;
            pairs(&[("flow", "own")].as_slice())
        };
        let (first, second) = tokio::join!(scope(1).enter(work(1)), scope(2).enter(work(2)));
        assert_eq!(
            first,
            ["flow=own", "dialect=nhost", "request_id=0000000000000001"],
            "the line's own pairs come first"
        );
        assert_eq!(second.last().map(String::as_str), Some("request_id=0000000000000002"));
        assert_eq!(Scope::current(), Scope::default(), "no scope is left behind");
    }

    #[actix_rt::test]
    async fn scope_ends_when_its_future_panics() {
        let panics = std::panic::AssertUnwindSafe(scope(1).enter(async { panic!("on purpose") }));
        let caught: Result<(), _> = futures_util::FutureExt::catch_unwind(panics).await;
        assert!(caught.is_err());
        assert_eq!(Scope::current(), Scope::default());
    }
}
