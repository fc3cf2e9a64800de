//! Two threads compared with one, by wall-clock time. A control shows what two threads that share
//! nothing gain on this machine.

use std::hint::black_box;

use crate::crowd::{Crowd, Frame, look_up, whole};
use crate::pair::{Threads, compare};
use crate::server::Server;
use crate::users::uid;

pub const WHOLE: &str = "whole path";
pub const LOOK_UP: &str = "lookup";
pub const CONTROL: &str = "control: making uids, nothing shared";

pub fn run(crowd: &Crowd) -> Vec<Threads> {
    let whole_path = || {
        let (mut server, mut frame) = (Server::plain(), Frame::new());
        move |user| {
            black_box(whole(&mut server, &crowd.store, &mut frame, user));
        }
    };
    let look_up = || {
        |user| {
            black_box(look_up(&crowd.store, user));
        }
    };
    let control = || {
        |user| {
            black_box(uid(user));
        }
    };
    vec![
        compare(WHOLE, crowd.users, whole_path),
        compare(LOOK_UP, crowd.users, look_up),
        compare(CONTROL, crowd.users, control),
    ]
}
