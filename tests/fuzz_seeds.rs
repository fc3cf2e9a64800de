//! The committed seeds of the fuzz targets, run as tests: what a fuzzer once found stays found.

use std::fs;

use wukongim_test_support::program::repository;

macro_rules! replayed {
    ($($target:ident: $($body:ident)*;)*) => {$(
        mod $target {
            include!(concat!("../fuzz/src/", stringify!($target), ".rs"));

            #[test]
            fn seeds() {
                super::replay(stringify!($target), &[$($body),*]);
            }
        }
    )*};
}

// As the fuzzer runs it; where that tries one way out of many, then every way.
replayed! {
    acceptor: acceptor every_way;
    doctor: doctor;
    frame_decode: frame_decode every_way;
    jsonrpc: jsonrpc;
    proxy_protocol: proxy_protocol;
    records: records;
    verify: verify every_way;
}

fn replay(target: &str, bodies: &[fn(&[u8])]) {
    let folder = repository("fuzz/seeds").join(target);
    let mut replayed = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // Shown only where the body panics.
        println!("{}", path.display());
        let seed = fs::read(&path).unwrap();
        bodies.iter().for_each(|body| body(&seed));
        replayed += 1;
    }
    assert!(replayed > 0, "no seed in {}", folder.display());
}
