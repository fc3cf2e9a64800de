//! The path of a client that is let through: a connection to upstream, the client's bytes
//! unchanged, and then both directions until either side is done, or the session has to end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tracing::{info, warn};
use wukongim_auth::diagnosis::Transport;
use wukongim_serving::linger;
use wukongim_serving::peer_text::PeerText;
use wukongim_serving::sessions::{Farewell, Place};
use wukongim_serving::shutdown::StopListener;

use crate::counts::NotForwarded;
use crate::first_answer;
use crate::guard::Guard;
use crate::opening::Received;
use crate::relay::{Relayed, relay};
use crate::upstream::Upstream;

/// After some minutes of silence, a peer that disappeared without notice is detected.
const KEEPALIVE: Duration = Duration::from_secs(120);

/// From where to where.
pub struct Passage<'a> {
    pub guard: &'a Guard,
    pub upstream: &'a Upstream,
    pub address: SocketAddr,
    pub transport: Transport,
    /// Who it says it is; empty if that could not be read, or was not.
    pub uid: PeerText<'a>,
}

/// What ends the connection, if neither side does.
pub enum Lifetime {
    /// Ends with its token.
    Session(Place),
    /// Ends with the guard: in observe mode, it ends no session earlier.
    Guard(StopListener),
}

impl Passage<'_> {
    /// Forwards the connection to its end.
    pub async fn walk(
        &self,
        mut client: TcpStream,
        opening: impl Received,
        mut lifetime: Lifetime,
    ) {
        let (peer, transport, uid) = (self.address, self.transport, self.uid.to_string());
        let Ok(_permit) = self.guard.relays.try_acquire() else {
            let reason = "--max-sessions connections are open";
            self.not_forwarded(NotForwarded::MaxSessions, reason);
            return linger::close(&mut client).await;
        };
        let is_session = matches!(lifetime, Lifetime::Session(_));
        let relayed = Relayed::default();
        let connected = tokio::select! {
            biased;
            _ = lifetime.ended() => return linger::close(&mut client).await,
            connected = self.connect(&mut client, opening, is_session, &relayed) => connected,
        };
        let mut upstream = match connected {
            Ok(upstream) => upstream,
            Err(error) => {
                // Without an answer, so that the SDK reconnects.
                let reason = format!("upstream {}: {error}", self.upstream.address);
                self.not_forwarded(NotForwarded::Upstream, &reason);
                return linger::close(&mut client).await;
            }
        };
        info!(%peer, %transport, uid, "forwarding");
        for stream in [&client, &upstream] {
            let _ =
                SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
        }
        let ended = relay(&mut client, &mut upstream, &relayed, lifetime.ended()).await;
        let why = match ended {
            Ok(Ok(())) => "both sides have closed".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(Farewell::Kick(why)) => {
                self.guard.metrics.kick(why);
                // If bytes of the client were unread, the system would discard upstream's last
                // bytes to the client.
                linger::close(&mut client).await;
                why.to_owned()
            }
            Err(Farewell::Close) => "closed by the guard".to_owned(),
        };
        let [to_upstream, to_client] = relayed.counts();
        info!(%peer, %transport, uid, to_upstream, to_client, "ended: {why}");
    }

    /// Counts and logs a client that is closed without an answer.
    fn not_forwarded(&self, why: NotForwarded, reason: &str) {
        self.guard.counts.not_forwarded(why);
        let (peer, label, uid) = (self.address, why.label(), self.uid.to_string());
        warn!(%peer, label, uid, "closed without an answer: {reason}");
    }

    /// Sends upstream the client's bytes, and the client what upstream has answered by then. In a
    /// session, upstream receives nothing after the request before it has answered it.
    async fn connect(
        &self,
        client: &mut TcpStream,
        opening: impl Received,
        is_session: bool,
        relayed: &Relayed,
    ) -> io::Result<TcpStream> {
        let destination = client.local_addr()?;
        let (mut upstream, said) = opening
            .connect(self.upstream, self.address, destination)
            .await?;
        let (request, behind) = opening.into_received();
        self.upstream
            .in_time(async {
                upstream.write_all(&request).await?;
                client.write_all(&said).await
            })
            .await?;
        relayed.add([request.len(), said.len()]);
        if is_session {
            let answered = first_answer::pass_on(&mut upstream, client, self.transport, said);
            relayed.add([0, self.upstream.in_time(answered).await?]);
        }
        let rest = async { upstream.write_all(&behind).await };
        self.upstream.in_time(rest).await?;
        relayed.add([behind.len(), 0]);
        Ok(upstream)
    }
}

impl Lifetime {
    /// Waits for the order to end. Can be dropped and called again until the order has arrived.
    async fn ended(&mut self) -> Farewell {
        match self {
            Lifetime::Session(place) => place.farewell().await,
            Lifetime::Guard(stop) => {
                stop.begun().await;
                Farewell::Close
            }
        }
    }
}
