//! The guard: a server behind it gets the accepted clients' bytes as they came, and nothing else.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use wukongim_auth::frame::ReasonCode;
use wukongim_auth::{DeviceFlag, Ready};
use wukongim_test_support::records::{alice_has, issued};

use crate::client::{answer, connect};
use crate::proxy::serve;

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_hands_on_what_it_accepted_and_answers_the_rest_itself() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let upstream = server.local_addr().unwrap().to_string();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let store = alice_has([(DeviceFlag::App, issued("s3cret"))]);
    tokio::spawn(serve(listener, upstream, Arc::new(Ready(store))));
    let clients = move || {
        assert_eq!(answer(address, "s3cres"), Some(ReasonCode::AuthFail));

        let sent = [&connect("s3cret")[..], b"\x70"].concat();
        let mut client = TcpStream::connect(address).unwrap();
        client
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        client.write_all(&sent).unwrap();
        // The first that reaches the server: the rejected one did not.
        let (mut session, _) = server.accept().unwrap();
        session
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut received = vec![0; sent.len()];
        session.read_exact(&mut received).unwrap();
        assert_eq!(received, sent);
        session.write_all(b"from the server").unwrap();
        let mut reply = [0; 15];
        client.read_exact(&mut reply).unwrap();
        assert_eq!(&reply, b"from the server");
        client.write_all(b"more").unwrap();
        let mut more = [0; 4];
        session.read_exact(&mut more).unwrap();
        assert_eq!(&more, b"more");
    };
    spawn_blocking(clients).await.unwrap();
}
