//! A CONNECT is read, its token checked, the reply written, with no standard library: this crate
//! has a panic handler and an allocator of its own, and a second of either is a compile error.

#![no_std]

extern crate alloc;

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;
use core::panic::PanicInfo;

use wukongim_auth::{
    AcceptOptions, Acceptor, DeviceLevel, Disposition, KeyPolicy, Timestamp, Token, TokenRecord,
    verify_record,
};

/// What the C program calls: `bytes` is what a client sent, `token` what is registered for it.
/// Gives back the reason code of the reply, 0 where there is none.
///
/// # Safety
/// The pointers are readable for the lengths beside them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reason_for(
    bytes: *const u8,
    bytes_len: usize,
    token: *const u8,
    token_len: usize,
) -> u8 {
    // SAFETY: promised by the caller.
    let (bytes, token) = unsafe {
        (
            core::slice::from_raw_parts(bytes, bytes_len),
            core::slice::from_raw_parts(token, token_len),
        )
    };
    core::str::from_utf8(token)
        .ok()
        .and_then(|token| answer(bytes, token))
        .unwrap_or(0)
}

fn answer(bytes: &[u8], token: &str) -> Option<u8> {
    let now = Timestamp::from_millis(1_700_000_000_000);
    let record = TokenRecord::issue(Token::new(token), DeviceLevel::Slave);
    let request = Acceptor::new().push(bytes).ok()??;
    let handshake = request.handshake().ok()?;
    let verdict = verify_record(&handshake.credentials(), Some(&record), now);
    let answer = handshake.answer(verdict, &AcceptOptions::new(KeyPolicy::Never));
    match answer.outcome {
        Ok(session) => (session.verified().uid() == "u").then_some(1),
        Err(error) => reason(error.disposition()),
    }
}

fn reason(disposition: Disposition) -> Option<u8> {
    match disposition {
        Disposition::Reject(reason) => Some(reason.into()),
        _ => None,
    }
}

/// C's.
struct Malloc;

unsafe extern "C" {
    fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void;
    fn free(pointer: *mut c_void);
    fn abort() -> !;
}

// SAFETY: `aligned_alloc` gives memory of this size and alignment, or null.
unsafe impl GlobalAlloc for Malloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let layout = layout.pad_to_align();
        // SAFETY: the size is a multiple of the alignment, as C11 wants it.
        unsafe { aligned_alloc(layout.align(), layout.size()).cast() }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        // SAFETY: it came from `aligned_alloc`.
        unsafe { free(pointer.cast()) }
    }
}

#[global_allocator]
static MALLOC: Malloc = Malloc;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    // SAFETY: may be called at any time.
    unsafe { abort() }
}

/// The compiled `core` asks for it by name; nothing here unwinds, so nothing calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}
