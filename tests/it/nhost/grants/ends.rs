//! The ends of a grant: unlinking, erasing, and what is revoked at the provider.

use vouchsafe_simulator::SimulatedProvider;

use super::Kept;
use crate::support::app::access_token;

#[actix_web::test]
async fn unlinking_revokes_the_kept_tokens() {
    let mut kept = Kept::of("google").await;
    let connect = format!("connect={}", access_token(&kept.session));
    kept.node.connect(&mut kept.browser, "github", &connect, "mira").await;
    let token = kept.access_token("google").await;
    let url = format!("{}/user/providers/google", kept.node.base);
    let bearer = format!("Bearer {}", access_token(&kept.session));
    let unlinked = kept.browser.send("DELETE", &url, &[("authorization", &bearer)], Vec::new()).await;
    assert_eq!(unlinked.status, 200, "{}", unlinked.text());
    kept.token("google", "").await.assert_error(404, "invalid-request");
    assert_eq!(kept.app.query("SELECT COUNT(*) FROM grants WHERE provider = 'google'").await, 0);
    let userinfo = kept.app.simulator.endpoints(SimulatedProvider::Google).userinfo;
    for _ in 0..200 {
        if kept.browser.get_as(&userinfo, &token).await.status != 200 {
            return;
        }
    }
    panic!("the provider still accepts the token");
}
