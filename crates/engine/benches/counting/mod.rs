//! The allocator of the benchmarks, which counts what passes through it.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
static FREED: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is passed on to the system's allocator unchanged; only counters are touched besides.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        FREED.fetch_add(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(place, layout) }
    }
}

/// What was allocated meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    /// Allocations, reallocations included.
    pub(crate) allocations: usize,
    /// Bytes asked for.
    pub(crate) bytes: usize,
    /// Bytes not given back.
    pub(crate) kept: usize,
}

/// Runs `work` and says what it allocated. Nothing else may run meanwhile.
pub(crate) fn during<T>(work: impl FnOnce() -> T) -> (Used, T) {
    let before = (ALLOCATIONS.load(Relaxed), BYTES.load(Relaxed), FREED.load(Relaxed));
    let result = work();
    let bytes = BYTES.load(Relaxed) - before.1;
    let freed = FREED.load(Relaxed) - before.2;
    let used =
        Used { allocations: ALLOCATIONS.load(Relaxed) - before.0, bytes, kept: bytes.saturating_sub(freed) };
    (used, result)
}
