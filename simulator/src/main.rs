//! `vouchsafe-simulator`: the simulated providers as a server of their own.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use lexopt::prelude::{Long, Short, ValueExt};
use url::Url;
use vouchsafe_simulator::{Client, Simulator};

const HELP: &str = "\
Simulates sign-in providers offline, for tests. The page at its address lists providers, people and failures.

Usage: vouchsafe-simulator [OPTIONS]

Options:
      --port <PORT>              Port to listen on; 0 chooses a free one [default: 9000]
      --host <ADDRESS>           Address to listen on [default: 127.0.0.1]. Whoever reaches it controls the simulator
      --public-url <URL>         Where clients reach it [default: the address it listens on]
      --client-id <ID>           Registers a client, besides the default one
      --client-secret <SECRET>   The secret of that client; without one it is public and has to use PKCE
      --redirect-uri <URI>       A redirect URI of that client, repeatable [default: any http or https URL]
  -h, --help                     Prints this text
  -V, --version                  Prints the version
";

/// What the command line asks for.
enum Command {
    Print(String),
    Serve { host: String, port: u16, public_url: Option<Url>, client: Option<Client> },
}

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "vouchsafe-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut parser: lexopt::Parser) -> Result<Command, Box<dyn Error>> {
    let (mut host, mut port, mut public_url) = ("127.0.0.1".to_owned(), 9000, None);
    let (mut id, mut secret, mut redirect_uris) = (None, None, Vec::new());
    while let Some(argument) = parser.next()? {
        match argument {
            Long("port") => port = parser.value()?.parse()?,
            Long("host") => host = parser.value()?.string()?,
            Long("public-url") => public_url = Some(parser.value()?.parse()?),
            Long("client-id") => id = Some(parser.value()?.string()?),
            Long("client-secret") => secret = Some(parser.value()?.string()?),
            Long("redirect-uri") => redirect_uris.push(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(Command::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Command::Print(format!("vouchsafe-simulator {}\n", env!("CARGO_PKG_VERSION"))));
            }
            unknown => return Err(unknown.unexpected().into()),
        }
    }
    if id.is_none() && (secret.is_some() || !redirect_uris.is_empty()) {
        return Err("--client-secret and --redirect-uri need --client-id".into());
    }
    let client = id.map(|id| Client { id, secret, redirect_uris });
    Ok(Command::Serve { host, port, public_url, client })
}

fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Print(text) => io::stdout().write_all(text.as_bytes())?,
        Command::Serve { host, port, public_url, client } => {
            let simulator = Simulator::start_at((host.as_str(), port), public_url)?;
            if let Some(client) = client {
                simulator.register_client(client);
            }
            // Scripts wait for this line, also to learn a port that was chosen.
            writeln!(io::stdout(), "Listening on {}", simulator.base())?;
            io::stdout().flush()?;
            simulator.wait()?;
        }
    }
    Ok(())
}
