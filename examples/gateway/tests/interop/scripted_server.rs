//! A server that refuses every client for a reason that it is told, to see how an SDK reacts to
//! each reason.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_tungstenite::tungstenite::{self, Message, WebSocket};
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::session::Protocol;
use wukongim_auth::{
    AcceptOptions, Acceptor, Credentials, DeviceLevel, Handshake, KeyPolicy, Timestamp, Verified,
};

/// Lives as long as the test.
pub struct ScriptedServer {
    tcp: SocketAddr,
    ws: SocketAddr,
}

#[derive(Clone)]
struct Script {
    /// Connections that are still let in.
    accepts: Arc<AtomicUsize>,
    reason: ReasonCode,
}

impl ScriptedServer {
    /// The number of connections that each port accepts; all later ones are refused.
    pub fn start(accepts: usize, reason: ReasonCode) -> Self {
        let script = || Script {
            accepts: Arc::new(AtomicUsize::new(accepts)),
            reason,
        };
        ScriptedServer {
            tcp: listen(script(), serve_tcp),
            ws: listen(script(), serve_ws),
        }
    }

    pub fn address(&self, scheme: &str) -> SocketAddr {
        match scheme {
            "tcp" => self.tcp,
            _ => self.ws,
        }
    }
}

fn listen(script: Script, serve: fn(&Script, TcpStream) -> io::Result<()>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let script = script.clone();
            std::thread::spawn(move || serve(&script, stream));
        }
    });
    address
}

fn serve_tcp(script: &Script, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut acceptor = Acceptor::new();
    let mut chunk = [0; 1024];
    let request = loop {
        let len = stream.read(&mut chunk)?;
        match acceptor.push(&chunk[..len]) {
            Ok(Some(request)) => break request,
            Ok(None) if len > 0 => {}
            _ => return Ok(()),
        }
    };
    let (reply, stays) = script.answer(&request.handshake().map_err(io::Error::other)?);
    stream.write_all(&reply)?;
    if !stays {
        stream.shutdown(Shutdown::Write)?;
    }
    io::copy(&mut stream, &mut io::sink()).map(drop)
}

fn serve_ws(script: &Script, stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = tungstenite::accept(stream).map_err(|_| io::ErrorKind::InvalidData)?;
    serve_messages(script, &mut socket).map_err(io::Error::other)
}

fn serve_messages(
    script: &Script,
    socket: &mut WebSocket<TcpStream>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let message = socket.read()?.into_data();
    let (handshake, _) = Handshake::read_with_json_rpc(&message, Default::default())?;
    let (reply, stays) = script.answer(&handshake);
    socket.send(match handshake.protocol() {
        Protocol::JsonRpc => Message::text(String::from_utf8(reply)?),
        _ => Message::binary(reply),
    })?;
    if !stays {
        socket.close(None)?;
    }
    loop {
        socket.read()?;
    }
}

impl Script {
    /// The reply, and whether the connection stays open.
    fn answer(&self, handshake: &Handshake<'_>) -> (Vec<u8>, bool) {
        let one_less = |left: usize| left.checked_sub(1);
        let order = Ordering::Relaxed;
        match self.accepts.fetch_update(order, order, one_less) {
            Ok(_) => (success(handshake), true),
            Err(_) => (handshake.refuse(self.reason), false),
        }
    }
}

/// The success reply, without a check of the token.
fn success(handshake: &Handshake<'_>) -> Vec<u8> {
    let Credentials {
        uid, device_flag, ..
    } = handshake.credentials();
    let now = Timestamp::now();
    let verified = Verified::dangerously_unverified(uid, device_flag, DeviceLevel::Slave, now);
    handshake
        .answer(Ok(verified), &AcceptOptions::new(KeyPolicy::IfOffered))
        .reply
}
