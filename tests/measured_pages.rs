//! The pages on performance and scaling have the same figures in both languages: the benchmarks write
//! both, from the files in `docs/plots`.

use wukongim_test_support::page;

const PAGES: [&str; 2] = ["docs/performance", "docs/scaling"];

/// The name of each place that a benchmark writes, and the numbers in it.
fn measured(page: &str) -> Vec<(String, Vec<String>)> {
    let places = page.split("<!-- measured: ").skip(1).map(|place| {
        let (name, rest) = place.split_once(" -->").unwrap();
        let (text, _) = rest.split_once("<!-- end -->").unwrap();
        (name.to_owned(), numbers(text))
    });
    places.collect()
}

fn numbers(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    let numbers = words.map(|word| word.trim_matches('.'));
    let numbers = numbers.filter(|number| !number.is_empty());
    numbers.map(str::to_owned).collect()
}

#[test]
fn both_languages_have_the_same_figures() {
    for name in PAGES {
        let [english, chinese] =
            [".md", ".zh-CN.md"].map(|end| measured(&page::read(&format!("{name}{end}"))));
        assert!(english.len() > 10, "{name}: {}", english.len());
        let places = |page: &[(String, Vec<String>)]| -> Vec<String> {
            page.iter().map(|(place, _)| place.clone()).collect()
        };
        assert_eq!(places(&chinese), places(&english), "{name}");
        for ((place, english), (_, chinese)) in english.iter().zip(&chinese) {
            assert_eq!(
                chinese, english,
                "{name}, {place}: write both pages again from the same figures"
            );
        }
    }
}

#[test]
fn another_figure_is_seen() {
    let page = "<!-- measured: a -->\n| 用户 1.5 | 20 |\n<!-- end -->\n3\n<!-- measured: b -->\n4.\n<!-- end -->";
    let expected = [("a", vec!["1.5", "20"]), ("b", vec!["4"])];
    let expected = expected.map(|(place, numbers)| {
        let numbers = numbers.into_iter().map(str::to_owned);
        (place.to_owned(), numbers.collect())
    });
    assert_eq!(measured(page), expected);
}
