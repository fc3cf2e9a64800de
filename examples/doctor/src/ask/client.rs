//! The requests: few, bounded, and with nothing of a secret in what is told of them.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;

use super::answer::{Error, body};
use super::devices::{Devices, Page};
use crate::problem::Answer;

/// A whole request, with its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Rows of one page, and pages of one user.
const LIMIT: usize = 100;
const MAX_PAGES: usize = 10;

pub struct Server {
    agent: Agent,
    address: String,
    header: Option<(&'static str, String)>,
    is_v3: bool,
}

/// Username and password of the manager's page.
pub struct Login {
    pub username: String,
    pub password: String,
}

impl Server {
    /// The manager's token goes along with each request, or the one that a login gives.
    pub fn new(address: &str, token: Option<String>, login: Option<&Login>) -> Result<Self, Error> {
        let config = Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            // A secret goes to the address that was named, and to no other.
            .max_redirects(0)
            .user_agent("wukongim-doctor");
        let mut server = Server {
            agent: config.build().into(),
            address: address.trim_end_matches('/').to_owned(),
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
            .map_err(|error| Error::of_request(&self.address, error))?;
        let body = body(&self.address, answer)?;
        let body = body.ok_or_else(|| Error::missing(&self.address, "/manager/login"))?;
        let answer: Value =
            serde_json::from_str(&body).map_err(|_| Error::garbage(&self.address))?;
        let token = answer.get("token").and_then(Value::as_str);
        Ok(format!(
            "Bearer {}",
            token.ok_or_else(|| Error::garbage(&self.address))?
        ))
    }

    pub fn is_logged_in(&self) -> bool {
        self.header
            .as_ref()
            .is_some_and(|(name, _)| *name == "authorization")
    }

    /// All devices of a user: v2's list, page by page, or else what v3 says of them.
    pub fn devices(&mut self, uid: &str) -> Result<Devices, Error> {
        if !self.is_v3 {
            if let Some(devices) = self.devices_of_v2(uid)? {
                return Ok(devices);
            }
            self.is_v3 = true;
        }
        let path = format!("/manager/users/{}", in_path(uid));
        match self.get(&path, &[])? {
            Some(body) => Devices::of_v3(&body).ok_or_else(|| Error::garbage(&self.address)),
            None => Err(Error::missing(
                &self.address,
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
            let page = Page::read(&body, uid).ok_or_else(|| Error::garbage(&self.address))?;
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
        Err(Error::passing(&self.address, Answer::MorePages(MAX_PAGES)))
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
            .map_err(|error| Error::of_request(&self.address, error))?;
        body(&self.address, answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

/// Percent-encoded, so that a uid is one step of a path.
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
