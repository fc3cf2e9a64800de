//! The address of Redis: a single server, a cluster, or one behind sentinels; with or without TLS.

use std::time::Duration;

use redis::io::tcp::TcpSettings;
use redis::{Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, RedisResult};

use super::connection::PATIENCE;

const SENTINEL_PORT: &str = "26379";

#[derive(Debug)]
pub enum Address {
    One(Client),
    Cluster(Vec<Client>),
    Sentinels(Sentinels),
}

/// The sentinels, which know the current primary.
#[derive(Debug)]
pub struct Sentinels {
    pub nodes: Vec<Client>,
    /// The name under which they know it.
    pub name: String,
    /// How to connect to it, once its host and port are known.
    primary: ConnectionInfo,
    tls: bool,
}

impl Address {
    pub fn parse(text: &str) -> RedisResult<Self> {
        if text.starts_with("rediss") {
            // If the host has already chosen a provider, that one stays.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        if let Some(rest) = text.strip_prefix("redis+sentinel://") {
            return Sentinels::parse(rest, false).map(Address::Sentinels);
        }
        if let Some(rest) = text.strip_prefix("rediss+sentinel://") {
            return Sentinels::parse(rest, true).map(Address::Sentinels);
        }
        let mut clients = text
            .split(',')
            .map(client)
            .collect::<RedisResult<Vec<_>>>()?;
        match (clients.pop(), clients.is_empty()) {
            (Some(client), true) => Ok(Address::One(client)),
            (last, _) => {
                clients.extend(last);
                Ok(Address::Cluster(clients))
            }
        }
    }
}

impl Sentinels {
    /// `[[user]:password@]host[:port][,host[:port]…]/name[/db][?sentinel_password=…]`: user, password
    /// and database are the primary's. Sentinels may have a password of their own.
    fn parse(rest: &str, tls: bool) -> RedisResult<Self> {
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').ok_or_else(no_name)?;
        let (name, db) = path.split_once('/').unwrap_or((path, ""));
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        if name.is_empty() {
            return Err(no_name());
        }
        let sentinel_user = match query.split_once('=') {
            Some(("sentinel_password", password)) => format!(":{password}"),
            _ if query.is_empty() => String::new(),
            _ => {
                return Err(invalid(
                    "the query of a sentinels' address is not sentinel_password=…",
                ));
            }
        };
        let url = |user: &str, host: &str, db: &str| {
            let scheme = if tls { "rediss" } else { "redis" };
            let at = if user.is_empty() { "" } else { "@" };
            format!("{scheme}://{user}{at}{host}/{db}")
        };
        let nodes = hosts.split(',').map(|host| {
            let has_port = host
                .rsplit_once(':')
                .is_some_and(|(_, port)| !port.ends_with(']'));
            let port = if has_port { "" } else { ":" };
            let default = if has_port { "" } else { SENTINEL_PORT };
            client(&url(&sentinel_user, &format!("{host}{port}{default}"), ""))
        });
        Ok(Sentinels {
            nodes: nodes.collect::<RedisResult<_>>()?,
            name: name.to_owned(),
            primary: url(user, "primary", db).into_connection_info()?,
            tls,
        })
    }

    /// The primary, at the address that a sentinel returned.
    pub fn primary(&self, host: String, port: u16) -> RedisResult<Client> {
        let at = match self.tls {
            false => ConnectionAddr::Tcp(host, port),
            true => ConnectionAddr::TcpTls {
                host,
                port,
                insecure: false,
                tls_params: None,
            },
        };
        let info = self.primary.clone().set_addr(at);
        Client::open(info.set_tcp_settings(tcp_settings()))
    }
}

fn client(url: &str) -> RedisResult<Client> {
    let info = url.into_connection_info()?;
    Client::open(info.set_tcp_settings(tcp_settings()))
}

/// With this, a node that disappeared without notice is detected in seconds, instead of a quarter
/// of an hour, when the kernel gives up.
pub fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(5 * PATIENCE);
    settings
}

fn no_name() -> redis::RedisError {
    invalid(
        "sentinels' addresses end with the name of the primary: redis+sentinel://HOST,HOST/NAME",
    )
}

fn invalid(why: &'static str) -> redis::RedisError {
    (ErrorKind::InvalidClientConfig, why).into()
}

/// How long a sentinel may take before the next one is asked.
pub const SENTINEL_WITHIN: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn host(client: &Client) -> String {
        client.get_connection_info().addr().to_string()
    }

    #[test]
    fn sentinels_and_the_primary_have_their_own_passwords() {
        let text =
            "redis+sentinel://me:a%40b@one,two:7,[::1],[::1]:8/mine/3?sentinel_password=s%2F";
        let Ok(Address::Sentinels(sentinels)) = Address::parse(text) else {
            panic!("not sentinels");
        };
        let hosts: Vec<_> = sentinels.nodes.iter().map(host).collect();
        assert_eq!(hosts, ["one:26379", "two:7", "::1:26379", "::1:8"]);
        for node in &sentinels.nodes {
            let settings = node.get_connection_info().redis_settings();
            assert_eq!(
                (settings.username(), settings.password()),
                (None, Some("s/"))
            );
        }
        assert_eq!(sentinels.name, "mine");
        let primary = sentinels.primary("10.0.0.1".into(), 6380).unwrap();
        assert_eq!(host(&primary), "10.0.0.1:6380");
        let settings = primary.get_connection_info().redis_settings();
        assert_eq!(
            (settings.username(), settings.password()),
            (Some("me"), Some("a@b"))
        );
        assert_eq!(settings.db(), 3);
    }

    #[test]
    fn with_tls_nothing_goes_without() {
        let is_tls = |client: &Client| {
            let info = client.get_connection_info();
            matches!(
                info.addr(),
                ConnectionAddr::TcpTls {
                    insecure: false,
                    ..
                }
            )
        };
        let Ok(Address::Sentinels(sentinels)) = Address::parse("rediss+sentinel://one,two/mine")
        else {
            panic!("not sentinels");
        };
        assert!(sentinels.nodes.iter().all(is_tls));
        assert!(is_tls(&sentinels.primary("h".into(), 1).unwrap()));
        assert!(
            matches!(Address::parse("rediss://h"), Ok(Address::One(client)) if is_tls(&client))
        );
    }

    #[test]
    fn what_is_no_address_is_not_repeated() {
        for text in [
            "redis+sentinel://:s3cret@h",
            "redis+sentinel://:s3cret@h/",
            "redis+sentinel://:s3cret@h:99999/mine",
            "redis+sentinel://h/mine?password=s3cret",
            "redis+sentinel://h/mine/s3cret",
            "redis+sentinel:///mine",
        ] {
            let error = Address::parse(text).expect_err(text).to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
