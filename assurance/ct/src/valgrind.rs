//! The client requests of valgrind: an instruction sequence that does nothing on a real processor
//! and is a call into the tool under valgrind.

use core::arch::asm;

const MEMCHECK: u64 = (b'M' as u64) << 24 | (b'C' as u64) << 16;
const CALLGRIND: u64 = (b'C' as u64) << 24 | (b'T' as u64) << 16;

#[inline(never)]
fn request(arguments: &[u64; 6]) -> u64 {
    let mut answer = 0_u64;
    // SAFETY: the rotations add up to 128 bits, the exchange is of a register with itself; valgrind
    // reads the six words that rax points to and writes rdx.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(), inout("rdx") answer, options(nostack)
        );
    }
    answer
}

/// Whether a tool of valgrind is running this process at all.
pub fn is_running() -> bool {
    request(&[0x1001, 0, 0, 0, 0, 0]) > 0
}

/// Tells memcheck that the bytes of `value` are undefined: secret. The bytes stay as they are.
pub fn poison<T: ?Sized>(value: &T) {
    let address = core::ptr::from_ref(value).cast::<u8>() as u64;
    request(&[MEMCHECK + 1, address, size_of_val(value) as u64, 0, 0, 0]);
}

/// Tells memcheck that the bytes of `value` are defined: public.
///
/// The exclusive reference keeps the compiler from using a copy that it made before.
pub fn unpoison<T: ?Sized>(value: &mut T) {
    let address = core::ptr::from_mut(value).cast::<u8>() as u64;
    request(&[MEMCHECK + 2, address, size_of_val(value) as u64, 0, 0, 0]);
}

/// Sets callgrind's counters to zero.
pub fn zero_counts() {
    request(&[CALLGRIND + 1, 0, 0, 0, 0, 0]);
}

/// Starts counting, or stops it.
pub fn toggle_counting() {
    request(&[CALLGRIND + 2, 0, 0, 0, 0, 0]);
}

/// Writes the counts to a file, under a name that ends with a zero byte.
pub fn dump_counts(name: &core::ffi::CStr) {
    request(&[CALLGRIND + 3, name.as_ptr() as u64, 0, 0, 0, 0]);
}
