//! Session keys, and the secret that they are derived from, are wiped when dropped. This is a
//! separate crate, because its allocator examines each block when it is freed.

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

use wukongim_auth::session::{Agreed, SessionKeys};

struct Watching;

static WATCHED: AtomicPtr<u8> = AtomicPtr::new(ptr::null_mut());
static CAME_BACK: AtomicBool = AtomicBool::new(false);
static HELD_SOMETHING: AtomicBool = AtomicBool::new(false);

// SAFETY: the system's allocator does the work.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promised.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let watched = WATCHED.load(Ordering::SeqCst);
        if !block.is_null() && block == watched {
            WATCHED.store(ptr::null_mut(), Ordering::SeqCst);
            // SAFETY: a watched block was completely written by the test, and still belongs to the
            // caller.
            let bytes = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            HELD_SOMETHING.store(bytes.iter().any(|byte| *byte != 0), Ordering::SeqCst);
            CAME_BACK.store(true, Ordering::SeqCst);
        }
        // SAFETY: as the caller promised.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// Returns whether the block that begins here still contained data when `drop_it` freed it.
fn leaves_something(begin: *const u8, drop_it: impl FnOnce()) -> bool {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap();
    CAME_BACK.store(false, Ordering::SeqCst);
    WATCHED.store(begin.cast_mut(), Ordering::SeqCst);
    drop_it();
    assert!(CAME_BACK.load(Ordering::SeqCst), "the block came back");
    HELD_SOMETHING.load(Ordering::SeqCst)
}

#[test]
fn session_keys_are_wiped() {
    let keys = SessionKeys::derive(&[7; 32], *b"sixteen-of-salt!");
    let (key, iv) = (
        keys.expose_aes_key().as_ptr(),
        keys.expose_aes_iv().as_ptr(),
    );
    assert!(!leaves_something(key.min(iv), || drop(keys)));
}

#[test]
fn an_agreed_secret_is_wiped() {
    let mut agreed = Box::<Agreed>::default();
    (agreed.server_key, agreed.secret) = ([5; 32], [7; 32]);
    let begin = std::ptr::from_ref(&*agreed).cast();
    assert!(!leaves_something(begin, || drop(agreed)));
}

/// The allocator sees what is left.
#[test]
fn control_a_plain_box_is_not_wiped() {
    let plain = Box::new([7_u8; 32]);
    assert!(leaves_something(plain.as_ptr(), || drop(plain)));
}
