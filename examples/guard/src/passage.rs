//! The way of a client that is let through: a connection to upstream, the client's very bytes, and then
//! both ways until either is done, or the session has to end.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tracing::{info, warn};
use wukongim_auth::diagnosis::Transport;
use wukongim_serving::linger;
use wukongim_serving::sessions::{Farewell, Place};

use crate::first_answer;
use crate::guard::Guard;
use crate::opening::Received;
use crate::relay::{Relayed, relay};
use crate::upstream::Upstream;

/// A peer that went without a word is noticed after some minutes of silence.
const KEEPALIVE: Duration = Duration::from_secs(120);

/// From where to where.
pub struct Passage<'a> {
    pub guard: &'a Guard,
    pub upstream: &'a Upstream,
    pub address: SocketAddr,
    pub transport: Transport,
}

impl Passage<'_> {
    /// To its end. `place` is that of a session, which ends when its token does.
    pub async fn walk(
        &self,
        mut client: TcpStream,
        opening: impl Received,
        mut place: Option<Place>,
    ) {
        let (address, transport) = (self.address, self.transport);
        let Ok(_permit) = self.guard.relays.try_acquire() else {
            warn!(%address, "closed: --max-sessions are there");
            return linger::close(&mut client).await;
        };
        let is_session = place.is_some();
        let connected = tokio::select! {
            biased;
            _ = ordered(&mut place) => return linger::close(&mut client).await,
            connected = self.connect(&mut client, opening, is_session) => connected,
        };
        let mut upstream = match connected {
            Ok(upstream) => upstream,
            Err(error) => {
                // Without an answer, so that its SDK comes back.
                warn!(%address, "closed: upstream {} cannot be reached: {error}", self.upstream.address);
                return linger::close(&mut client).await;
            }
        };
        info!(%address, %transport, "through");
        for stream in [&client, &upstream] {
            let _ =
                SockRef::from(stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(KEEPALIVE));
        }
        let relayed = Relayed::default();
        let ended = relay(&mut client, &mut upstream, &relayed, ordered(&mut place)).await;
        let why = match ended {
            Ok(Ok(())) => "done".to_owned(),
            Ok(Err(error)) => error.to_string(),
            Err(Farewell::Kick(why)) => {
                self.guard.metrics.kick(why);
                // With bytes of its own unread, the system would take upstream's last words from it.
                linger::close(&mut client).await;
                why.to_owned()
            }
            Err(Farewell::Close) => "closed".to_owned(),
        };
        let [to_upstream, to_client] = relayed.counts();
        info!(%address, %transport, to_upstream, to_client, "ended: {why}");
    }

    /// Hands upstream what the client has sent, and the client what upstream said to that by then. Of a
    /// session, upstream gets nothing behind the request before it has answered that.
    async fn connect(
        &self,
        client: &mut TcpStream,
        opening: impl Received,
        is_session: bool,
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
        if is_session {
            let answered = first_answer::pass_on(&mut upstream, client, self.transport, said);
            self.upstream.in_time(answered).await?;
        }
        let rest = async { upstream.write_all(&behind).await };
        self.upstream.in_time(rest).await?;
        Ok(upstream)
    }
}

/// Waits for the order to end; for ever if there is no session.
async fn ordered(place: &mut Option<Place>) -> Farewell {
    match place {
        Some(place) => place.farewell().await,
        None => std::future::pending().await,
    }
}
