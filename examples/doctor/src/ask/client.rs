//! The requests: few, bounded, and with nothing of a secret in what is told of them.

use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use super::devices::{Devices, Page};

/// A whole request, with its answer.
const TIMEOUT: Duration = Duration::from_secs(10);

const MAX_BODY: u64 = 1 << 20;

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

pub struct Error {
    pub text: String,
    /// Whether no other question will be answered either.
    pub is_final: bool,
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
        let body = json!({ "username": login.username, "password": login.password });
        let request = self.agent.post(self.url("/manager/login"));
        let request = request.header("content-type", "application/json");
        let answer = request
            .send(body.to_string())
            .map_err(|error| self.fault(&error))?;
        let body = self
            .body(answer)?
            .ok_or_else(|| self.missing("/manager/login"))?;
        let answer: Value = serde_json::from_str(&body).map_err(|_| self.garbage())?;
        let token = answer.get("token").and_then(Value::as_str);
        Ok(format!("Bearer {}", token.ok_or_else(|| self.garbage())?))
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
            Some(body) => Devices::of_v3(&body).ok_or_else(|| self.garbage()),
            None => Err(self.missing("/cluster/devices, /manager/users")),
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
            let page = Page::read(&body, uid).ok_or_else(|| self.garbage())?;
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
        let text = format!("{}: more than {MAX_PAGES} pages for one user", self.address);
        Err(Error {
            text,
            is_final: false,
        })
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
        let answer = request.call().map_err(|error| self.fault(&error))?;
        self.body(answer)
    }

    fn body(&self, mut answer: Response<ureq::Body>) -> Result<Option<String>, Error> {
        let status = answer.status().as_u16();
        match status {
            200 => {}
            404 => return Ok(None),
            401 | 403 => {
                let text = format!(
                    "{} answers {status}: it wants the manager's token (--manager-token) or the \
                     manager's account (--login)",
                    self.address
                );
                return Err(Error {
                    text,
                    is_final: true,
                });
            }
            _ => {
                let text = format!("{} answers with status {status}", self.address);
                return Err(Error {
                    text,
                    is_final: false,
                });
            }
        }
        let body = answer
            .body_mut()
            .with_config()
            .limit(MAX_BODY)
            .read_to_string();
        body.map(Some).map_err(|error| self.fault(&error))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    fn fault(&self, error: &ureq::Error) -> Error {
        let text = format!("{}: {error}", self.address);
        Error {
            text,
            is_final: false,
        }
    }

    fn garbage(&self) -> Error {
        let text = format!(
            "{} answers something else than a list of devices",
            self.address
        );
        Error {
            text,
            is_final: false,
        }
    }

    fn missing(&self, what: &str) -> Error {
        let text = format!(
            "{} has no {what}: is this WuKongIM's API or manager port?",
            self.address
        );
        Error {
            text,
            is_final: true,
        }
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
