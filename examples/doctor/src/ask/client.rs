//! The requests: few, bounded, and without secrets in their error messages.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use super::answer::{Error, body};
use super::devices::{Devices, Page};
use crate::problem::Answer;

/// The time limit for a request with its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The rows of one page, and the pages of one user.
const LIMIT: usize = 100;
const MAX_PAGES: usize = 10;

pub struct Server {
    agent: Agent,
    address: String,
    /// The address as it may be printed.
    shown: String,
    header: Option<(&'static str, String)>,
    is_v3: bool,
}

/// Username and password of the manager's page.
pub struct Login {
    pub username: String,
    pub password: String,
}

impl Server {
    /// Each request carries the manager token, or the token that a login returned.
    pub fn new(address: &str, token: Option<String>, login: Option<&Login>) -> Result<Self, Error> {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // A secret is only sent to the address that was given.
            .max_redirects(0)
            .user_agent("wukongim-doctor");
        let mut server = Server {
            agent: config.build().into(),
            address: address.trim_end_matches('/').to_owned(),
            shown: shown(address.trim_end_matches('/')),
            header: token.map(|token| ("token", token)),
            is_v3: false,
        };
        if let Some(login) = login {
            server.header = Some(("authorization", server.login(login)?));
        }
        Ok(server)
    }

    fn login(&self, login: &Login) -> Result<String, Error> {
        let account = json!({ "username": login.username, "password": login.password });
        let request = self.agent.post(self.url("/manager/login"));
        let request = request.header("content-type", "application/json");
        let answer = request
            .send(account.to_string())
            .map_err(|error| Error::of_request(&self.shown, without_address(error)))?;
        let body = body(&self.shown, answer)?;
        let body = body.ok_or_else(|| Error::missing(&self.shown, "/manager/login"))?;
        let answer: Value = serde_json::from_str(&body).map_err(|_| Error::garbage(&self.shown))?;
        let token = answer.get("token").and_then(Value::as_str);
        Ok(format!(
            "Bearer {}",
            token.ok_or_else(|| Error::garbage(&self.shown))?
        ))
    }

    pub fn is_logged_in(&self) -> bool {
        self.header
            .as_ref()
            .is_some_and(|(name, _)| *name == "authorization")
    }

    /// All devices of a user: v2's list, page by page, or else v3's answer.
    pub fn devices(&mut self, uid: &str) -> Result<Devices, Error> {
        if !self.is_v3 {
            if let Some(devices) = self.devices_of_v2(uid)? {
                return Ok(devices);
            }
            self.is_v3 = true;
        }
        let path = format!("/manager/users/{}", in_path(uid));
        match self.get(&path, &[])? {
            Some(body) => Devices::of_v3(&body).ok_or_else(|| Error::garbage(&self.shown)),
            None => Err(Error::missing(
                &self.shown,
                "/cluster/devices, /manager/users",
            )),
        }
    }

    fn devices_of_v2(&self, uid: &str) -> Result<Option<Devices>, Error> {
        let mut devices = Devices::default();
        let mut offset = None;
        for _ in 0..MAX_PAGES {
            let mut query = vec![("uid", uid.to_owned()), ("limit", LIMIT.to_string())];
            query.extend(offset.map(|nanos: i64| ("offset_created_at", nanos.to_string())));
            let Some(body) = self.get("/cluster/devices", &query)? else {
                return Ok(None);
            };
            let page = Page::read(&body, uid).ok_or_else(|| Error::garbage(&self.shown))?;
            for device in page.devices {
                // Newest first; other nodes of a cluster may have older copies.
                if devices.under(device.flag).is_none() {
                    devices.0.push(device);
                }
            }
            if !page.has_more || page.last.is_none() || page.last == offset {
                return Ok(Some(devices));
            }
            offset = page.last;
        }
        Err(Error::passing(&self.shown, Answer::MorePages(MAX_PAGES)))
    }

    /// The body; `None` if there is no such path.
    fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Option<String>, Error> {
        let mut request = self.agent.get(self.url(path));
        for (name, value) in query {
            request = request.query(name, value);
        }
        if let Some((name, value)) = &self.header {
            request = request.header(*name, value);
        }
        let answer = request
            .call()
            .map_err(|error| Error::of_request(&self.shown, without_address(error)))?;
        body(&self.shown, answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

/// Shows an address without the parts that may be secret: an account before the host, a query after it.
fn shown(address: &str) -> String {
    let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
    let (place, more) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
    // A password that was not percent-encoded may contain any of these characters.
    let place = match more.contains('@') {
        true => "...",
        false => place.rsplit('@').next().unwrap_or(place),
    };
    format!("{scheme}://{}", place.trim_end_matches('/'))
}

/// Removes the address from an error.
fn without_address(error: ureq::Error) -> ureq::Error {
    match error {
        ureq::Error::BadUri(_) => ureq::Error::BadUri("not an address".to_owned()),
        error => error,
    }
}

/// Percent-encodes a uid, so that it is a single segment of a path.
fn in_path(uid: &str) -> String {
    let mut path = String::with_capacity(uid.len());
    for byte in uid.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => path.push(byte.into()),
            byte => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}
