//! WuKongIM v2's API as `UPSTREAM` describes it: registering, clearing, and the pages of devices.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wukongim_test_support::stand_in::{Reply, Request, StandIn};

/// The devices that it has, and how it behaves.
pub struct Model {
    pub server: StandIn,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// uid, flag, token, created_at.
    devices: Vec<(String, u8, String, i64)>,
    clock: i64,
    has_stopped: bool,
    /// Rows of a page, whatever is asked for.
    page: usize,
    /// The status of the next answers to what changes something, whatever is done.
    status: Option<u16>,
    /// What is answered where devices are asked for.
    devices_answer: Option<(u16, String)>,
    /// Changes are made, and not answered.
    is_mute: bool,
    /// Changes are neither answered nor made, until somebody makes them late.
    is_stuck: bool,
    /// Rows that are shown before all others.
    odd: Vec<Value>,
    manager: Option<String>,
}

impl Model {
    pub fn start() -> Self {
        let state = Arc::new(Mutex::new(State {
            page: 500,
            clock: 1_700_000_000_000_000_000,
            ..State::default()
        }));
        let shared = state.clone();
        let server = StandIn::start(move |request| shared.lock().unwrap().answer(request));
        Model { server, state }
    }

    /// Registers directly, past the guard.
    pub fn register(&self, uid: &str, flag: u8, token: &str) {
        self.state.lock().unwrap().put(uid, flag, token);
    }

    pub fn pages_of(&self, rows: usize) {
        self.state.lock().unwrap().page = rows;
    }

    /// While it is stopped, all that is registered is so in the same nanosecond.
    pub fn stop_the_clock(&self, has_stopped: bool) {
        self.state.lock().unwrap().has_stopped = has_stopped;
    }

    pub fn answers(&self, status: Option<u16>) {
        self.state.lock().unwrap().status = status;
    }

    pub fn answers_devices(&self, answer: Option<(u16, &str)>) {
        let answer = answer.map(|(status, body)| (status, body.to_owned()));
        self.state.lock().unwrap().devices_answer = answer;
    }

    pub fn is_mute(&self, is_mute: bool) {
        self.state.lock().unwrap().is_mute = is_mute;
    }

    pub fn is_stuck(&self, is_stuck: bool) {
        self.state.lock().unwrap().is_stuck = is_stuck;
    }

    /// Shows this row as its newest, whatever it is.
    pub fn shows(&self, row: Value) {
        self.state.lock().unwrap().odd.push(row);
    }

    pub fn wants(&self, manager: &str) {
        self.state.lock().unwrap().manager = Some(manager.to_owned());
    }

    pub fn token(&self, uid: &str, flag: u8) -> Option<String> {
        let state = self.state.lock().unwrap();
        let mut devices = state.devices.iter();
        let own = devices.find(|(name, number, ..)| name == uid && *number == flag);
        own.map(|(_, _, token, _)| token.clone())
    }
}

impl State {
    fn put(&mut self, uid: &str, flag: u8, token: &str) {
        let mut devices = self.devices.iter_mut();
        match devices.find(|(name, number, ..)| name == uid && *number == flag) {
            Some(device) => token.clone_into(&mut device.2),
            None => {
                self.clock += if self.has_stopped { 0 } else { 1_000 };
                let device = (uid.to_owned(), flag, token.to_owned(), self.clock);
                self.devices.push(device);
            }
        }
    }

    fn answer(&mut self, request: &Request) -> Reply {
        if let Some(manager) = &self.manager
            && request.header("token") != Some(manager)
        {
            return Reply::Json(401, r#"{"msg":"token error","status":401}"#.into());
        }
        let target = request.line.split(' ').nth(1).unwrap_or_default();
        match path(target) {
            "/cluster/devices" => match &self.devices_answer {
                Some((status, body)) => Reply::Json(*status, body.clone()),
                None => Reply::Json(200, self.page(request).to_string()),
            },
            "/user/token" | "/user/device_quit" => self.change(target, request),
            _ => Reply::Json(
                200,
                json!({"line": request.line, "body": request.body}).to_string(),
            ),
        }
    }

    fn change(&mut self, target: &str, request: &Request) -> Reply {
        if let Some(status) = self.status {
            // A banned user's is 13, in an answer of status 200.
            let of_http = if status < 100 { 200 } else { status };
            return Reply::Json(of_http, json!({"msg": "no", "status": status}).to_string());
        }
        if self.is_stuck {
            return Reply::Silence;
        }
        let body = as_go_reads(&request.body);
        let uid = body["uid"].as_str().unwrap_or_default();
        let flag = body["device_flag"].as_i64().unwrap_or_default();
        match (path(target), flag) {
            ("/user/token", flag) => {
                let token = body["token"].as_str().unwrap_or_default();
                self.put(uid, flag as u8, token);
            }
            (_, -1) => {
                for (name, flag, token, _) in &mut self.devices {
                    if name == uid && *flag <= 2 {
                        token.clear();
                    }
                }
            }
            (_, flag) => self.put(uid, flag as u8, ""),
        }
        match self.is_mute {
            true => Reply::Silence,
            false => Reply::Json(200, json!({"status": 200}).to_string()),
        }
    }

    /// Newest first, the offset exclusive.
    fn page(&self, request: &Request) -> Value {
        // It trims what it is asked for, and nothing else.
        let wanted = request.query("uid").map(decoded);
        let wanted = wanted.as_deref().map(str::trim);
        let before = request
            .query("offset_created_at")
            .map(|text| text.parse().unwrap());
        let limit: usize = request.query("limit").unwrap().parse().unwrap();
        let mut rows: Vec<_> = self
            .devices
            .iter()
            .filter(|(uid, ..)| wanted.is_none_or(|wanted| wanted == uid))
            .filter(|(.., created)| before.is_none_or(|before: i64| *created < before))
            .collect();
        rows.sort_by_key(|(.., created)| std::cmp::Reverse(*created));
        let size = limit.min(self.page);
        let more = rows.len() > size;
        rows.truncate(size);
        let odd = self.odd.iter().filter(|_| before.is_none()).cloned();
        let rows = rows.iter().map(|(uid, flag, token, created)| {
            json!({"uid": uid, "token": token, "device_flag": flag, "device_level": 1,
                    "created_at": created, "updated_at": created})
        });
        let data: Vec<_> = odd.chain(rows).collect();
        json!({"total": self.devices.len(), "more": u8::from(more), "data": data})
    }
}

fn path(target: &str) -> &str {
    target.split('?').next().unwrap_or_default()
}

/// The first value, with names in any case.
fn as_go_reads(body: &str) -> Value {
    let mut values = serde_json::Deserializer::from_str(body).into_iter::<Value>();
    let Some(Ok(Value::Object(body))) = values.next() else {
        return Value::Null;
    };
    let body = body.into_iter();
    Value::Object(
        body.map(|(name, value)| (name.to_lowercase(), value))
            .collect(),
    )
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = String::from_utf8(digits.to_vec()).unwrap();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap()
}
