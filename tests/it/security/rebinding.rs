//! A name server that answers first with a public address and then with a private one. The test runs itself once more where
//! it may have an interface and a name server of its own, so that the system's resolver asks it and nothing leaves the machine.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use vouchsafe::Settings;

use crate::support::app::{TestApp, listen, serve};
use crate::support::browser::Browser;
use crate::support::node::Node;

/// Says to the test that it runs in a network of its own.
const INSIDE: &str = "VOUCHSAFE_TEST_OWN_NETWORK";

const TEST: &str = "security::rebinding::address_that_was_checked_is_the_one_that_is_connected_to";

const PUBLIC: Ipv4Addr = Ipv4Addr::new(93, 184, 216, 34);
const PRIVATE: Ipv4Addr = Ipv4Addr::new(10, 11, 12, 13);

/// The addresses of each name, in turn; the last ones stay.
const NAMES: [(&str, &[&[Ipv4Addr]]); 4] = [
    ("first-public.test", &[&[PUBLIC], &[PRIVATE]]),
    ("both.test", &[&[PUBLIC, PRIVATE]]),
    ("private.test", &[&[PRIVATE]]),
    ("allowed.test", &[&[PRIVATE]]),
];

/// Sets up the network of a namespace: both addresses are its own, and its name server is that of the test.
const SET_UP: &str = "mount --bind \"$1/resolv.conf\" /etc/resolv.conf && mount --bind \"$1/nsswitch.conf\" /etc/nsswitch.conf \
                      && ip link set lo up && ip address add \"$2/32\" dev lo && ip address add \"$3/32\" dev lo";

/// A name server on port 53. Counts how often each name is looked up.
fn serve_names() -> Arc<[AtomicUsize; NAMES.len()]> {
    let socket = UdpSocket::bind("127.0.0.1:53").expect("port 53 of a network of its own");
    let counts = Arc::new([const { AtomicUsize::new(0) }; NAMES.len()]);
    let counted = Arc::clone(&counts);
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            let answer = answer(&buffer[..length], counted.as_slice());
            socket.send_to(&answer, client).expect("sent");
        }
    });
    counts
}

/// The answer to a query (RFC 1035 section 4): the addresses whose turn it is. There are none of IPv6.
fn answer(query: &[u8], counts: &[AtomicUsize]) -> Vec<u8> {
    let (head, question) = query.split_at(12);
    let (mut at, mut labels) = (0, Vec::new());
    while question[at] != 0 {
        let end = at + 1 + usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..end]).to_lowercase());
        at = end;
    }
    let question = &question[..at + 5];
    let is_a = question[at + 1..at + 3] == [0, 1];
    let known = NAMES.iter().position(|(name, _)| *name == labels.join("."));
    let addresses = known.filter(|_| is_a).map_or(&[][..], |known| {
        let turns = NAMES[known].1;
        turns[counts[known].fetch_add(1, Ordering::SeqCst).min(turns.len() - 1)]
    });
    let count = u8::try_from(addresses.len()).expect("few");
    let mut answer = vec![head[0], head[1], 0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0];
    answer.extend_from_slice(question);
    for address in addresses {
        // The name of the question, an address, for no time, of four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        answer.extend(address.octets());
    }
    answer
}

/// Listens at an address; counts the connections, and closes each.
fn count_connections(address: Ipv4Addr, port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((address, port)).expect("an address of a network of its own");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    thread::spawn(move || {
        for _ in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, count)
}

#[actix_web::test]
async fn address_that_was_checked_is_the_one_that_is_connected_to() {
    if std::env::var_os(INSIDE).is_none() {
        return run_in_own_network();
    }
    let lookups = serve_names();
    let (port, public) = count_connections(PUBLIC, 0);
    let (_, private) = count_connections(PRIVATE, port);
    let app = TestApp::new();
    let sections: String = NAMES
        .iter()
        .map(|(name, _)| {
            let (provider, _) = name.split_once('.').expect("a dot");
            format!(
                "[providers.{provider}]\ntype = 'oidc'\nissuer = 'https://{name}:{port}'\nclient_id = 'c'\nclient_secret = 's'\n"
            )
        })
        .collect();
    let start = async |name: usize, more: &str| {
        let (listener, origin) = listen();
        let text = app.settings_text(&origin, "") + &sections;
        let text = text.replace("timeout = '20s'", &format!("timeout = '5s'{more}"));
        let vouchsafe = app.build(Settings::from_toml(&text).expect("settings")).await;
        let node = Node::at(origin, serve(listener, 1, move || vouchsafe.routes()));
        let (provider, _) = NAMES[name].0.split_once('.').expect("a dot");
        let answer = Browser::new().get(&format!("{}/signin/provider/{provider}", node.base)).await;
        assert!(answer.cookies().is_empty(), "{provider}: {}", answer.text());
        let counts = [lookups[name].load(Ordering::SeqCst), public.swap(0, Ordering::SeqCst)];
        (counts, private.swap(0, Ordering::SeqCst))
    };
    assert_eq!(start(0, "").await, ([1, 1], 0), "looked up once, and connected to what was looked up");
    assert_eq!(start(0, "").await, ([2, 0], 0), "looked up again, and refused");
    assert_eq!(start(1, "").await, ([1, 0], 0), "one private address is enough");
    assert_eq!(start(2, "").await, ([1, 0], 0));
    // The private address answers: where private networks are allowed, it is called.
    assert_eq!(start(3, ", allow_private_networks = true").await, ([1, 0], 1));
}

/// Runs this test in namespaces of its own. Where there are none it is skipped with a notice.
fn run_in_own_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    write("resolv.conf", "nameserver 127.0.0.1\n");
    write("nsswitch.conf", "hosts: files dns\n");
    let run = |command: &str| {
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--net", "--mount", "sh", "-c", command, "sh"])
            .arg(folder.path())
            .args([PUBLIC.to_string(), PRIVATE.to_string()])
            .arg(std::env::current_exe().expect("a path"))
            .env(INSIDE, "1")
            .output()
    };
    let is_installed = ["unshare", "ip"].iter().all(|name| Command::new(name).arg("-V").output().is_ok());
    assert!(
        is_installed || std::env::var_os("VOUCHSAFE_TEST_STRICT").is_none_or(|strict| strict != "1"),
        "unshare or ip was not found, and VOUCHSAFE_TEST_STRICT=1 allows no skip"
    );
    // What the machine forbids, as a container may, nothing can install: a strict run skips it as well.
    if !is_installed || !run(SET_UP).is_ok_and(|output| output.status.success()) {
        // Not eprintln!, which the test harness captures.
        let _ = writeln!(std::io::stderr(), "SKIPPED: no network of its own (unshare, ip)");
        return;
    }
    let output = run(&format!("{SET_UP} && exec \"$4\" --exact {TEST} --nocapture")).expect("unshare");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
