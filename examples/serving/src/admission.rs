//! Limits unauthenticated connections, and shares their places among addresses.
//!
//! A fixed share for each address would reject connections through a NAT or a proxy even if the server is
//! idle. So there is no share while there are free places. Once all are taken, a new connection replaces
//! the one that has waited longest at the address that holds most places. No address is exempt, not even
//! loopback: a proxy on this machine loses nothing that others would not lose.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::network;

/// What happens to a new connection if no other address holds clearly more places than its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The new connection is closed: those that wait keep their chance.
    RefuseNewest,
    /// The one that has waited longest is closed: for clients that send their request as soon as
    /// they connect.
    CloseOldest,
}

/// The places of a listener, or of several.
#[derive(Clone, Debug)]
pub struct Admission(Arc<Mutex<Places>>);

#[derive(Debug)]
struct Places {
    capacity: usize,
    when_full: WhenFull,
    /// In order of arrival.
    waiting: BTreeMap<u64, Waiting>,
    by_address: HashMap<IpAddr, usize>,
    next: u64,
}

#[derive(Debug)]
struct Waiting {
    address: IpAddr,
    closed: Arc<Notify>,
}

/// One place; returned when it is dropped.
#[derive(Debug)]
pub struct Place {
    admission: Admission,
    number: u64,
    closed: Arc<Notify>,
}

impl Admission {
    pub fn new(capacity: usize, when_full: WhenFull) -> Self {
        Admission(Arc::new(Mutex::new(Places {
            capacity,
            when_full,
            waiting: BTreeMap::new(),
            by_address: HashMap::new(),
            next: 0,
        })))
    }

    /// A place for a connection from this address, perhaps taken from another; `None` if there is
    /// none to give.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        let (number, closed) = self.lock().enter(network::of(address))?;
        let admission = self.clone();
        Some(Place {
            admission,
            number,
            closed,
        })
    }

    /// How many places are taken.
    pub fn taken(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Completes when another connection takes the place; never after the place was returned.
    /// Owned, so that it can be awaited separately from the place.
    pub fn lost(&self) -> impl Future<Output = ()> + Send + 'static {
        let closed = self.closed.clone();
        async move { closed.notified().await }
    }

    /// Moves the place to another address, which a proxy has stated.
    pub fn move_to(&self, address: IpAddr) {
        let address = network::of(address);
        let mut places = self.admission.lock();
        // Lost in the meantime: `closed` is about to complete.
        let Some(mut waiting) = places.remove(self.number) else {
            return;
        };
        waiting.address = address;
        places.insert(self.number, waiting);
    }

    /// Returns the place early: the connection has authenticated.
    pub fn leave(&self) {
        self.admission.lock().remove(self.number);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Places {
    fn enter(&mut self, address: IpAddr) -> Option<(u64, Arc<Notify>)> {
        if self.waiting.len() >= self.capacity {
            let victim = self.victim(address)?;
            self.remove(victim)?.closed.notify_one();
        }
        let number = self.next;
        self.next += 1;
        let closed = Arc::new(Notify::new());
        let waiting = Waiting {
            address,
            closed: closed.clone(),
        };
        self.insert(number, waiting);
        Some((number, closed))
    }

    /// The oldest connection of the address that holds most places.
    fn victim(&self, newcomer: IpAddr) -> Option<u64> {
        let most = self.by_address.values().max().copied()?;
        let own = self.by_address.get(&newcomer).copied().unwrap_or(0);
        // Otherwise the two addresses would only swap places.
        if self.when_full == WhenFull::RefuseNewest && most <= own + 1 {
            return None;
        }
        let holds_most = |waiting: &Waiting| self.by_address.get(&waiting.address) == Some(&most);
        let mut oldest_first = self.waiting.iter();
        oldest_first.find_map(|(number, waiting)| holds_most(waiting).then_some(*number))
    }

    fn insert(&mut self, number: u64, waiting: Waiting) {
        *self.by_address.entry(waiting.address).or_default() += 1;
        self.waiting.insert(number, waiting);
    }

    fn remove(&mut self, number: u64) -> Option<Waiting> {
        let waiting = self.waiting.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&waiting.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&waiting.address);
            }
        }
        Some(waiting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    async fn is_lost(place: &Place) -> bool {
        tokio::select! {
            biased;
            () = place.lost() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn the_address_that_holds_most_makes_room() {
        let admission = Admission::new(4, WhenFull::RefuseNewest);
        let greedy = ["192.0.2.1"; 4].map(|text| admission.enter(address(text)).unwrap());
        assert!(admission.enter(address("192.0.2.1")).is_none());
        let second = admission.enter(address("192.0.2.2")).unwrap();
        assert!(is_lost(&greedy[0]).await);
        assert!(!is_lost(&greedy[1]).await);
        // 3 and 1: they would only swap places with a third address at 2 and 1.
        let third = admission.enter(address("192.0.2.3")).unwrap();
        assert!(is_lost(&greedy[1]).await);
        assert!(admission.enter(address("192.0.2.2")).is_none());
        assert!(!is_lost(&second).await && !is_lost(&third).await);
    }

    #[tokio::test]
    async fn the_oldest_goes_where_requests_come_at_once() {
        let admission = Admission::new(2, WhenFull::CloseOldest);
        let places = ["192.0.2.1"; 3].map(|text| admission.enter(address(text)).unwrap());
        assert!(is_lost(&places[0]).await);
        assert!(!is_lost(&places[1]).await && !is_lost(&places[2]).await);
    }

    #[tokio::test]
    async fn places_are_given_back_once() {
        let admission = Admission::new(1, WhenFull::RefuseNewest);
        let place = admission.enter(address("192.0.2.1")).unwrap();
        place.leave();
        let next = admission.enter(address("192.0.2.1")).unwrap();
        assert!(!is_lost(&place).await);
        drop(place);
        assert!(admission.enter(address("192.0.2.1")).is_none());
        drop(next);
        assert!(admission.enter(address("192.0.2.1")).is_some());
    }

    #[tokio::test]
    async fn a_client_behind_a_proxy_is_counted_at_its_own_address() {
        let admission = Admission::new(3, WhenFull::RefuseNewest);
        let places = ["10.0.0.1"; 3].map(|proxy| admission.enter(address(proxy)).unwrap());
        places[0].move_to(address("192.0.2.1"));
        places[1].move_to(address("192.0.2.1"));
        places[2].move_to(address("192.0.2.2"));
        let other = admission.enter(address("10.0.0.1")).unwrap();
        assert!(
            is_lost(&places[0]).await,
            "its client holds most, the proxy nothing"
        );
        assert!(!is_lost(&places[1]).await && !is_lost(&places[2]).await);
        drop((places, other));
        assert!(admission.lock().by_address.is_empty());
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        assert_eq!(
            network::of(address("2001:db8::1")),
            network::of(address("2001:db8::ff:2"))
        );
        assert_ne!(
            network::of(address("2001:db8::1")),
            network::of(address("2001:db8:0:1::1"))
        );
        assert_eq!(
            network::of(address("::ffff:192.0.2.1")),
            address("192.0.2.1")
        );
        assert_ne!(
            network::of(address("192.0.2.1")),
            network::of(address("192.0.2.2"))
        );
    }
}
