//! The committed seeds of the fuzz targets, run as tests: what a fuzzer once found stays found.

use std::fs;
use std::path::Path;

macro_rules! replayed {
    ($($target:ident)*) => {$(
        mod $target {
            include!(concat!("../fuzz/bodies/", stringify!($target), ".rs"));

            #[test]
            fn seeds() {
                super::replay(stringify!($target), $target);
            }
        }
    )*};
}

replayed! { acceptor doctor frame_decode jsonrpc records verify }

fn replay(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/seeds")
        .join(target);
    let mut replayed = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // Shown only where the body panics.
        println!("{}", path.display());
        body(&fs::read(&path).unwrap());
        replayed += 1;
    }
    assert!(replayed > 0, "no seed in {}", folder.display());
}
