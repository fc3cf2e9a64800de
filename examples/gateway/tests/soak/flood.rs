//! Strangers from many addresses: refusals as fast as they come, sockets that say nothing, and rubbish.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use wukongim_test_support::client::Hello;

use super::connection::{Connection, KINDS, Kind, Verdict};
use super::ledger::Ledger;
use super::nodes::Nodes;
use super::random::Random;

const REFUSALS: usize = 150;

/// More than may be unauthenticated.
const SILENT: usize = 300;

pub fn flood(nodes: &Nodes, ledger: &Ledger, end: Instant) {
    let mut random = Random::new(0xf100d);
    while Instant::now() < end {
        let to = nodes.0[random.index(2)].addresses;
        match random.below(3) {
            0 => {
                for _ in 0..REFUSALS {
                    let kind = KINDS[random.index(KINDS.len())];
                    let from = address(&mut random);
                    let Ok(connection) = Connection::open(kind, to, Some(from)) else {
                        continue;
                    };
                    let uid = format!("user-{}", random.below(1_000));
                    let hello = Hello {
                        uid: &uid,
                        ..Hello::new("a guess")
                    };
                    match connection.says(&hello) {
                        Verdict::In(_) => ledger.fault("let in wrongly", &uid),
                        Verdict::Refused => ledger.add("flood: refused"),
                        Verdict::Closed => ledger.add("flood: closed without a verdict"),
                    }
                }
            }
            1 => {
                let open = |_| Connection::open(Kind::Tcp, to, Some(address(&mut random))).ok();
                let silent: Vec<_> = (0..SILENT).filter_map(open).collect();
                sleep(Duration::from_secs(2));
                for _ in silent {
                    ledger.add("flood: silent");
                }
            }
            _ => {
                for _ in 0..REFUSALS {
                    if let Ok(Connection::Binary(socket)) =
                        Connection::open(Kind::Tcp, to, Some(address(&mut random)))
                    {
                        let mut stream = socket.stream();
                        let _ = stream.write_all(b"GET / HTTP/1.1\r\n\r\n\xff\xff\xff\xff");
                        let _ = stream.read(&mut [0; 64]);
                        ledger.add("flood: rubbish");
                    }
                }
            }
        }
        sleep(Duration::from_secs(1));
    }
}

/// Not that of the users.
fn address(random: &mut Random) -> IpAddr {
    let last = 2 + u8::try_from(random.below(8)).unwrap();
    Ipv4Addr::new(127, 0, 0, last).into()
}
