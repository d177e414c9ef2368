//! What systemd is told with `Type=notify`.

use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::app::{TestApp, listen};

/// A process that does not outlive a failed test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn receive(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer).expect("a notification within the timeout");
    String::from_utf8_lossy(&buffer[..length]).trim_end().to_owned()
}

#[actix_web::test]
async fn service_manager_is_told_when_it_is_ready_and_when_it_stops() {
    let app = TestApp::new();
    let path = app.folder().join("notify");
    let socket = UnixDatagram::bind(&path).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(60))).expect("set");
    let (listener, origin) = listen();
    std::fs::write(app.folder().join("vouchsafe.toml"), app.settings_text(&origin, "server.shutdown_delay = '0s'"))
        .expect("written");
    drop(listener);
    let child = Command::new(env!("CARGO_BIN_EXE_vouchsafe"))
        .current_dir(app.folder())
        .env_clear()
        .env("NOTIFY_SOCKET", &path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program");
    let mut child = Started(child);
    assert_eq!(receive(&socket), "READY=1");
    let connected = std::net::TcpStream::connect(origin.trim_start_matches("http://"));
    assert!(connected.is_ok(), "ready means that it listens");
    let killed = Command::new("kill").args(["-TERM", &child.0.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    assert_eq!(receive(&socket), "STOPPING=1");
    assert!(child.0.wait().expect("a status").success());
}
