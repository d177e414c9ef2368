//! Settings for the examinations: good ones, and lines that spoil them.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use vouchsafe_simulator::{CLIENT_ID, CLIENT_SECRET, SimulatedProvider, Simulator};

use crate::support::app::{Database, TestApp};
use crate::support::process::real_time_app;

/// A signing key for tests (P-256).
pub const JWT_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgeXKcKQG/ri/QLajn
VnHxF6eTkFyEeTx/JNwtx6Z+IZ6hRANCAASZz8/bI5eVlhgDmeP6f2UyU5m6Vxi3
eAfNe4AVWHqk1DXc/da1GOO6uPkVlKeUrN/OXBZw4G7M+pARcY1G6Bci
-----END PRIVATE KEY-----
";

/// An RSA key of 1024 bits: too weak.
pub const WEAK_RSA_KEY: &str = "-----BEGIN PRIVATE KEY-----
MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALBNSZ8NQPterF+A
E6xgTHnTQXLFOLJZ7rE3RnVzLHgZuOoBTiOw5Q5kGUvR3X/oyJLg1oRr+1Zd/sGK
/SOSImHGiIe3c/P1InjI98myWOJP/5/lcGZd+6Px6RbHEME2KlG1Z8PqF3XiVFZf
rihCfDt5R3EClzPiAhLZM5Mro2TpAgMBAAECgYAdrLSin+F7LgFHhdBJ6F+W9dcD
UWzsoDSMAajLZhprELFOOfAEE+dKF9EmMOneeLkh99RDr8U7UVDrFNDs5tEAakeJ
/OCc3CRIuiG1ccgvnp7vg6JGvYkeG4e6i+YMaHUMMvdu/yo0EtGbzB8Cz5BYeaAE
OUTukAdyuoB5Gi1zMQJBAOn3MIDzuYbr0yw+glSodbRNi2P3Swx3f9e5SQWqsGRE
pJJQjkRXZvdEuAbu9UADy/3xNIGReEs0YOOI2lVdeWUCQQDA59n0C1y8lM1VX9MK
Gt3vHPJaxKNLZIp6XJeTM8qhFONTarXaopRWK5Guho0/5Yg+o2d6MiHdWn/nEJaR
YYc1AkEAqf3ZNwhet2Im99GfHmWbx9pDuelWlQNKVvIf1Uc0jFW3gTuYcp1Sibxb
PWZnuRBJKgQUE0Qfs/ylnQy1HishZQJAYDUBmVn1VUPtKDATQ43ks7U/FY/OVPJ+
scnt+ocw/qc5PMgSjEjbLCKslFscpQpnqb27BNFt3ESfV3EJdtYqJQJASB3AALWQ
0fxhTGEHJwc+LzI8qJ3Mc1Miy/P+uB6bMWRA02n8eRsyPYy/mZlhMmEIRKrrHOhA
Hn/Bq1jog6Bl7w==
-----END PRIVATE KEY-----
";

/// 32 bytes in hexadecimal.
pub const VAULT_KEY: &str = "c3a91f0b7d5e42688f10b6d2a4e97c3558b06e1d92fa47c3ab08d15e6f7392d4";

/// What a case is examined with.
pub struct World {
    pub app: TestApp,
}

impl World {
    /// With the system's time, which Apple's secrets are compared with. `None` if PostgreSQL is not installed.
    pub fn on(database: Database) -> Option<Self> {
        Some(Self { app: real_time_app(database)? })
    }

    pub fn folder(&self) -> &Path {
        self.app.folder()
    }

    /// Development mode on this machine, with these providers of the simulator.
    pub fn development(&self, providers: &[SimulatedProvider]) -> String {
        let sections = providers.iter().map(|provider| provider_section(&self.app.simulator, *provider));
        format!(
            "mode = 'development'\n[server]\nbind = '127.0.0.1:1'\npublic_url = 'http://127.0.0.1:1'\n[client]\n\
             url = 'https://app.test/'\n[database]\nurl = '{}'\n[development]\ndirectory = '{}'\n\
             simulator = false\n[upstream]\ntimeout = '10s'\n{}",
            self.app.database(),
            self.folder().display(),
            sections.collect::<String>()
        )
    }

    /// Production behind a proxy on this machine, with keys in files, without providers.
    pub fn production(&self) -> String {
        for (name, text) in [("jwt.pem", JWT_KEY), ("vault.key", VAULT_KEY), ("weak.pem", WEAK_RSA_KEY)] {
            let path = self.folder().join(name);
            std::fs::write(&path, text).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("changed");
        }
        format!(
            "mode = 'production'\n[server]\nbind = '127.0.0.1:4000'\npublic_url = 'https://auth.example.test'\n\
             trusted_proxies = ['127.0.0.1', '::1']\n[client]\nurl = 'https://app.example.test/'\n\
             allowed_redirect_urls = []\n[compat]\nconnect_in_url = false\nrefresh_token_in_url = false\n[database]\n\
             url = '{}'\n[keys]\njwt = [{{ algorithm = 'ES256', key_file = 'jwt.pem' }}]\n\
             vault = [{{ id = 'a', key_file = 'vault.key' }}]\n",
            self.app.database()
        )
    }
}

/// A section with whatever the real settings of this provider need, its endpoints at the simulator.
pub fn provider_section(simulator: &Simulator, provider: SimulatedProvider) -> String {
    let at = simulator.endpoints(provider);
    let name = if provider == SimulatedProvider::X { "twitter" } else { provider.name() };
    let mut section = format!("[providers.{name}]\nclient_id = '{CLIENT_ID}'\n");
    let mut line = |key: &str, value: &str| section += &format!("{key} = '{value}'\n");
    if provider == SimulatedProvider::Apple {
        line("team_id", vouchsafe_simulator::APPLE_TEAM_ID);
        line("key_id", vouchsafe_simulator::APPLE_KEY_ID);
        line("private_key", &simulator.apple_private_key().replace('\n', "\\n"));
    } else {
        line("client_secret", CLIENT_SECRET);
    }
    if provider == SimulatedProvider::Oidc {
        line("type", "oidc");
        line("issuer", &at.issuer);
        return section;
    }
    if provider == SimulatedProvider::X {
        line("version", "2");
    }
    let optional = [("jwks_url", &at.jwks), ("request_token_url", &at.request_token)];
    for (key, url) in [("authorization_url", &at.authorize), ("token_url", &at.token), ("userinfo_url", &at.userinfo)] {
        if !url.is_empty() {
            line(key, url);
        }
    }
    let is_used = |key: &str| key == "jwks_url" || provider == SimulatedProvider::Twitter;
    for (key, url) in optional.into_iter().filter(|(key, _)| is_used(key)) {
        if let Some(url) = url {
            line(key, url);
        }
    }
    section
}
