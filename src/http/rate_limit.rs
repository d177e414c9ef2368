//! Limits requests per client address and family of routes, with `governor`'s GCRA.
//!
//! Addresses of this machine are not limited: behind a local proxy that is not listed in `server.trusted_proxies`, all
//! clients would share one budget.

use std::fmt;
use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use futures_util::future::Either;
use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use super::extract::rejection::http_state;
use super::extract::{ClientIp, Rejection};
use crate::domain::clock::Clock;
use crate::domain::steady_clock::SteadyClock;
use crate::metrics::Route;
use crate::settings::RateLimit;

/// The most addresses that one family keeps; more than an attacker can use is forgotten (see [`Limiter::check`]).
const MAX_ADDRESSES: usize = 50_000;

/// Routes that share a budget. A client that starts sign-ins cannot use up the budget of its own token requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteFamily {
    /// Starts of sign-ins and links.
    Start,
    /// Callbacks of providers.
    Callback,
    /// Whatever takes or gives a token, code or ticket.
    Token,
    /// The rest: users, sessions, pages.
    Other,
    /// The routes for operators, whose token could be guessed.
    Admin,
}

impl RouteFamily {
    /// The same in metrics.
    #[must_use]
    pub fn route(self) -> Route {
        match self {
            Self::Start => Route::Start,
            Self::Callback => Route::Callback,
            Self::Token => Route::Token,
            Self::Other => Route::Other,
            Self::Admin => Route::Admin,
        }
    }
}

/// The limiters of a process.
#[derive(Debug)]
pub struct RateLimits {
    start: Limiter,
    callback: Limiter,
    token: Limiter,
    other: Limiter,
    admin: Limiter,
}

impl RateLimits {
    /// The limiters of these settings; `None` if they are off.
    #[must_use]
    pub fn new(settings: &RateLimit, clock: &Arc<dyn Clock>) -> Option<Self> {
        let limiter = |per_minute| Limiter::new(per_minute, Arc::clone(clock));
        settings.enabled.then(|| Self {
            start: limiter(settings.start_per_minute),
            callback: limiter(settings.callback_per_minute),
            token: limiter(settings.token_per_minute),
            other: limiter(settings.other_per_minute),
            admin: limiter(settings.admin_per_minute),
        })
    }

    /// Counts a request of `client`.
    ///
    /// # Errors
    /// How long to wait if the budget is used up.
    pub fn check(&self, family: RouteFamily, client: IpAddr) -> Result<(), Duration> {
        let limiter = match family {
            RouteFamily::Start => &self.start,
            RouteFamily::Callback => &self.callback,
            RouteFamily::Token => &self.token,
            RouteFamily::Other => &self.other,
            RouteFamily::Admin => &self.admin,
        };
        if client.is_loopback() { Ok(()) } else { limiter.check(prefix(client)) }
    }
}

/// The network that one client controls: an IPv4 address, or an IPv6 /64.
fn prefix(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

type Governor = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, SteadyClock, NoOpMiddleware<Duration>>;

/// One budget per address: a minute's requests at once, refilled evenly.
struct Limiter {
    quota: Quota,
    clock: SteadyClock,
    governor: RwLock<Governor>,
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limiter").field("quota", &self.quota).finish_non_exhaustive()
    }
}

impl Limiter {
    fn new(per_minute: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        let (quota, clock) = (Quota::per_minute(per_minute), SteadyClock::new(clock));
        Self { quota, governor: RwLock::new(governor(quota, &clock)), clock }
    }

    /// Memory is bounded: at the maximum, addresses with a full budget are dropped, and if that is not enough, all.
    fn check(&self, client: IpAddr) -> Result<(), Duration> {
        let checked = {
            let governor = self.governor.read().unwrap_or_else(PoisonError::into_inner);
            if governor.len() >= MAX_ADDRESSES {
                governor.retain_recent();
            }
            (governor.len() < MAX_ADDRESSES).then(|| governor.check_key(&client))
        };
        let checked = checked.unwrap_or_else(|| {
            let mut current = self.governor.write().unwrap_or_else(PoisonError::into_inner);
            *current = governor(self.quota, &self.clock);
            current.check_key(&client)
        });
        checked.map_err(|refused| refused.wait_time_from(self.clock.now()))
    }
}

fn governor(quota: Quota, clock: &SteadyClock) -> Governor {
    RateLimiter::new(quota, HashMapStateStore::default(), clock.clone())
}

/// Middleware: answers 429 if the client's budget in this family is used up. Not `from_fn`, which every request would
/// pay with two allocations.
#[derive(Clone, Copy, Debug)]
pub struct RateLimited(pub RouteFamily);

impl<S> Transform<S, ServiceRequest> for RateLimited
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = RateLimitedService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(RateLimitedService { service, family: self.0 }))
    }
}

/// The service of [`RateLimited`].
#[derive(Debug)]
pub struct RateLimitedService<S> {
    service: S,
    family: RouteFamily,
}

impl<S> Service<ServiceRequest> for RateLimitedService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = Either<S::Future, Ready<Result<Self::Response, Error>>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match check(self.family, &request) {
            Ok(()) => Either::Left(self.service.call(request)),
            Err(wait) => {
                let retry_after = wait.as_secs().saturating_add(1);
                Either::Right(ready(Ok(Rejection::TooManyRequests { retry_after }.into_response(request))))
            }
        }
    }
}

fn check(family: RouteFamily, request: &ServiceRequest) -> Result<(), Duration> {
    let Ok(http) = http_state(request.request()) else { return Ok(()) };
    match (&http.rate_limits, ClientIp::of(request.request())) {
        (Some(limits), Ok(ClientIp(Some(client)))) => {
            limits.check(family, client).inspect_err(|_| http.metrics.http.rate_limited.count(family.route()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::clock::{ManualClock, Timestamp};

    const QUOTA: NonZeroU32 = NonZeroU32::new(6).unwrap();

    fn limits() -> (Arc<ManualClock>, RateLimits) {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
        let settings = RateLimit {
            enabled: true,
            start_per_minute: QUOTA,
            callback_per_minute: QUOTA,
            token_per_minute: QUOTA,
            other_per_minute: QUOTA,
            admin_per_minute: QUOTA,
        };
        let limits = RateLimits::new(&settings, &(Arc::clone(&clock) as Arc<dyn Clock>)).expect("enabled");
        (clock, limits)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn budget_is_per_family_and_refilled_evenly() {
        let (clock, limits) = limits();
        let client = ip("198.51.100.7");
        for _ in 0..QUOTA.get() {
            assert_eq!(limits.check(RouteFamily::Start, client), Ok(()));
        }
        assert_eq!(limits.check(RouteFamily::Start, client), Err(Duration::from_secs(10)));
        assert_eq!(limits.check(RouteFamily::Token, client), Ok(()), "another family has its own budget");
        assert_eq!(limits.check(RouteFamily::Start, ip("198.51.100.8")), Ok(()), "so has another client");
        clock.advance(Duration::from_secs(10));
        assert_eq!(limits.check(RouteFamily::Start, client), Ok(()));
        assert!(limits.check(RouteFamily::Start, client).is_err());
    }

    #[test]
    fn ipv6_clients_of_one_network_share_a_budget() {
        let (_, limits) = limits();
        for host in 0..QUOTA.get() {
            assert_eq!(limits.check(RouteFamily::Start, ip(&format!("2001:db8:1:2::{host:x}"))), Ok(()));
        }
        assert!(limits.check(RouteFamily::Start, ip("2001:db8:1:2:ffff::1")).is_err());
        assert_eq!(limits.check(RouteFamily::Start, ip("2001:db8:1:3::1")), Ok(()));
        for _ in 0..QUOTA.get() {
            assert_eq!(limits.check(RouteFamily::Start, ip("::ffff:192.0.2.1")), Ok(()));
        }
        assert!(limits.check(RouteFamily::Start, ip("192.0.2.1")).is_err(), "a mapped address is the IPv4 client");
    }

    #[test]
    fn loopback_is_not_limited() {
        let (_, limits) = limits();
        assert!((0..100).all(|_| limits.check(RouteFamily::Start, ip("127.0.0.1")).is_ok()));
    }

    #[test]
    fn many_addresses_take_bounded_memory() {
        let (_, limits) = limits();
        for number in 0..u32::try_from(MAX_ADDRESSES + 10).expect("small") {
            assert_eq!(limits.check(RouteFamily::Start, IpAddr::V4((0x0a00_0000 + number).into())), Ok(()));
        }
        let kept = limits.start.governor.read().expect("not poisoned").len();
        assert!(kept <= MAX_ADDRESSES, "{kept}");
    }

    #[test]
    fn clock_set_back_keeps_refilling() {
        #[derive(Debug)]
        struct Corrected(Arc<ManualClock>, std::sync::atomic::AtomicU64);
        impl Clock for Corrected {
            fn now(&self) -> Timestamp {
                self.0.now().minus(Duration::from_secs(self.1.load(std::sync::atomic::Ordering::SeqCst)))
            }
        }
        let manual = Arc::new(ManualClock::new(Timestamp::from_seconds(1_800_000_000)));
        let corrected = Arc::new(Corrected(Arc::clone(&manual), 0.into()));
        let limiter = Limiter::new(QUOTA, Arc::clone(&corrected) as Arc<dyn Clock>);
        let client = ip("198.51.100.7");
        for _ in 0..QUOTA.get() {
            assert_eq!(limiter.check(client), Ok(()));
        }
        corrected.1.store(3_600, std::sync::atomic::Ordering::SeqCst);
        assert!(limiter.check(client).is_err());
        manual.advance(Duration::from_secs(10));
        assert_eq!(limiter.check(client), Ok(()));
    }
}
