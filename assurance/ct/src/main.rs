//! `ct taint|counts SUBJECT`, to be run by valgrind; see `run`.

mod arena;
mod counts;
mod stored;
mod subject;
mod taint;
mod valgrind;

#[global_allocator]
static ARENA: arena::Arena = arena::Arena::new();

fn main() {
    assert!(valgrind::is_running(), "to be run by valgrind");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["taint", "library"] => println!("{} comparisons", taint::library()),
        ["taint", "exposed"] => taint::exposed(),
        ["taint", name] => taint::broken(broken(name)),
        ["counts", "library"] => counts::library(),
        ["counts", "refusal"] => counts::refusal(false),
        ["counts", "refusal-with-text"] => counts::refusal(true),
        ["counts", name] => counts::broken(broken(name)),
        _ => panic!("ct taint|counts SUBJECT"),
    }
}

fn broken(name: &str) -> subject::Comparison {
    let found = subject::BROKEN.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no subject {name}")).1
}
