//! An allocator that takes as many instructions each time: the system's takes more or less by what
//! was given back before, and counts would differ by that.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Enough for a run.
const SIZE: usize = 256 << 20;

/// All blocks begin so aligned.
const ALIGN: usize = 64;

/// Gives out one block after the other and takes none back; the second half is for what is counted.
#[repr(align(64))]
pub struct Arena {
    bytes: UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

// Every block is given out once.
unsafe impl Sync for Arena {}

impl Arena {
    pub const fn new() -> Self {
        Arena {
            bytes: UnsafeCell::new([0; SIZE]),
            used: AtomicUsize::new(0),
        }
    }

    /// What `work` allocates begins at the same place each time: a copy takes an instruction more or
    /// less by the addresses. Nothing of it may be used after the next call.
    pub fn at_the_same_place(&self, work: impl FnOnce()) {
        let used = self.used.swap(SIZE / 2, Relaxed);
        assert!(used < SIZE / 2, "the two halves meet");
        work();
        self.used.store(used, Relaxed);
    }
}

unsafe impl GlobalAlloc for Arena {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let size = layout.size().next_multiple_of(ALIGN);
        let at = self.used.fetch_add(size, Relaxed);
        if layout.align() > ALIGN || at + size > SIZE {
            return ptr::null_mut();
        }
        unsafe { self.bytes.get().cast::<u8>().add(at) }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
