//! The results of a run, as they are written to JSON.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Results {
    pub date: String,
    pub machine: String,
    pub rustc: String,
    pub command: String,
    /// The share of the processors' time that other programs took before the run.
    pub busy: f64,
    pub rounds: usize,
    pub handshakes: usize,
    pub idle: usize,
    /// Of the servers from elsewhere.
    pub versions: Vec<String>,
    pub servers: Vec<Server>,
}

/// Each the first quartile, the median and the third one, over the rounds.
#[derive(Serialize, Deserialize)]
pub struct Server {
    pub name: String,
    /// Of its processor time for a handshake.
    pub cpu_micros: [f64; 3],
    /// That of the same round.
    pub times_floor: [f64; 3],
    /// Of its memory for a client that stays.
    pub idle_bytes: f64,
}

impl Results {
    pub fn median_micros(&self, name: &str) -> f64 {
        self.server(name).cpu_micros[1]
    }

    pub fn times_floor(&self, name: &str) -> f64 {
        self.server(name).times_floor[1]
    }

    pub fn idle_bytes(&self, name: &str) -> f64 {
        self.server(name).idle_bytes
    }

    fn server(&self, name: &str) -> &Server {
        let found = self.servers.iter().find(|server| server.name == name);
        found.unwrap_or_else(|| panic!("no server {name:?}"))
    }
}
