//! What happens to the gateways and to their Redis, and what the gateways have in memory meanwhile.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use wukongim_test_support::gateway_process::GatewayProcess;
use wukongim_test_support::redis_server::RedisServer;

use super::clock::Clock;
use super::ledger::Ledger;
use super::memory::Series;
use super::nodes::Nodes;
use super::random::Random;

const SAMPLE_EVERY: Duration = Duration::from_secs(10);

/// In a soak of 30 minutes; a shorter one has them as often for its length, at least for a trial.
const MEANWHILE: Duration = Duration::from_secs(30);

pub struct Outages {
    redis: RedisServer,
    gateways: [Option<GatewayProcess>; 2],
    nodes: Arc<Nodes>,
    ledger: Arc<Ledger>,
    random: Random,
    series: Vec<(usize, Series)>,
}

impl Outages {
    pub fn new(
        redis: RedisServer,
        gateways: [GatewayProcess; 2],
        nodes: Arc<Nodes>,
        ledger: Arc<Ledger>,
    ) -> Self {
        Outages {
            redis,
            gateways: gateways.map(Some),
            nodes,
            ledger,
            random: Random::new(0x0117a6e),
            series: vec![(0, Series::default()), (1, Series::default())],
        }
    }

    /// The first gateway is killed once, after a sixth of the time, so that there is a long series of
    /// its memory; the second over and over.
    pub fn happen_until(&mut self, begin: Instant, end: Instant) {
        let all = end - begin;
        let every = MEANWHILE.min(all / 8);
        let mut once = Some(begin + all / 6);
        let (mut sample, mut outage) = (begin, begin + every);
        let mut clock = Clock::now();
        while Instant::now() < end {
            let now = Instant::now();
            if let Some(by) = clock.was_set() {
                self.ledger.fault("the machine's clock was set", &by);
            }
            if sample <= now {
                self.sample();
                sample += SAMPLE_EVERY;
            }
            if once.take_if(|at| *at <= now).is_some() {
                self.kill(0);
            } else if outage <= now {
                self.one();
                outage += every;
            }
            sleep(Duration::from_millis(100));
        }
        self.sample();
    }

    fn one(&mut self) {
        match self.random.below(4) {
            0 => self.kill(1),
            1 => {
                self.ledger.note("Redis is killed and started again");
                self.ledger.add("Redis restarted");
                self.nodes.redis_goes();
                self.redis.restart();
            }
            2 => {
                self.ledger.add("all subscriptions cut");
                let _: i64 = self.redis.ask(&["CLIENT", "KILL", "TYPE", "pubsub"]);
            }
            _ => {
                let node = self.random.index(2);
                self.ledger.add("gateway stopped for a second");
                if let Some(gateway) = &self.gateways[node] {
                    gateway.pause();
                    sleep(Duration::from_secs(1));
                    gateway.resume();
                }
            }
        }
    }

    fn kill(&mut self, node: usize) {
        self.ledger.note(&format!("gateway {node} is killed"));
        self.ledger.add("gateway killed");
        self.nodes.next_life(node);
        self.gateways[node] = None;
        sleep(self.random.millis(200, 2_000));
        self.gateways[node] = Some(self.nodes.start_again(node, &self.redis));
        self.nodes.next_life(node);
        self.series.push((node, Series::default()));
    }

    fn sample(&mut self) {
        for (node, gateway) in self.gateways.iter().enumerate() {
            let newest = self.series.iter_mut().rev().find(|(of, _)| *of == node);
            if let (Some(gateway), Some((_, series))) = (gateway, newest) {
                series.push(gateway.memory_kib("VmRSS"));
            }
        }
    }

    /// Of every series that is long enough: medians of its first and last quarter.
    pub fn memory(&self) -> String {
        let head = "| gateway | for | KiB at first | KiB at last | most | |";
        let lines = self
            .series
            .iter()
            .map(|(node, series)| series.describe(&node.to_string()));
        let lines = lines.filter(|line| !line.is_empty());
        [head.to_owned()]
            .into_iter()
            .chain(lines)
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub fn is_flat(&self) -> bool {
        self.series.iter().all(|(_, series)| series.is_flat())
    }
}
