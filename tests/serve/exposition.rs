//! Metrics as a strict reader takes them: Prometheus' text format 0.0.4 and OpenMetrics 1.0, as far as counters, gauges
//! and infos go. What a lenient reader would let pass is a failure here.

use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Prometheus,
    OpenMetrics,
}

/// All samples by name and labels.
#[derive(Debug, PartialEq)]
pub(super) struct Exposition(BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Exposition {
    /// The value with exactly these labels, if it is there.
    pub fn find(&self, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.0.get(&(name.to_owned(), labels)).copied()
    }

    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.find(name, labels).unwrap_or_else(|| panic!("no {name} {labels:?} in {self:#?}"))
    }

    pub fn names(&self) -> BTreeSet<&str> {
        self.0.keys().map(|(name, _)| name.as_str()).collect()
    }
}

/// Reads all of it, or says what is wrong.
pub(super) fn read(text: &str, written: Written) -> Result<Exposition, String> {
    let mut body = text.strip_suffix('\n').ok_or("the last line does not end")?;
    if written == Written::OpenMetrics {
        body = body.strip_suffix("\n# EOF").ok_or("# EOF is missing")?;
    }
    let mut samples = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut lines = body.split('\n').peekable();
    while let Some(line) = lines.next() {
        let (name, help) = line
            .strip_prefix("# HELP ")
            .and_then(|line| line.split_once(' '))
            .ok_or_else(|| format!("not a HELP: {line}"))?;
        check_name(name, true)?;
        unescaped(help, written == Written::OpenMetrics)?;
        if help.trim().is_empty() || !seen.insert(name.to_owned()) {
            return Err(format!("{name} has no help, or comes twice"));
        }
        let kind = lines.next().and_then(|line| line.strip_prefix("# TYPE ")?.strip_prefix(name)?.strip_prefix(' '));
        let kind = kind.ok_or_else(|| format!("no TYPE after the HELP of {name}"))?;
        let sample = match (kind, written) {
            ("counter", Written::OpenMetrics) if !name.ends_with("_total") => format!("{name}_total"),
            ("counter", Written::Prometheus) if name.ends_with("_total") => name.to_owned(),
            ("info", Written::OpenMetrics) if !name.ends_with("_info") => format!("{name}_info"),
            ("gauge", _) if !name.ends_with("_total") => name.to_owned(),
            _ => return Err(format!("{name} is no {kind}")),
        };
        while let Some(line) = lines.next_if(|line| !line.starts_with('#')) {
            let rest = line.strip_prefix(&sample).ok_or_else(|| format!("not of {sample}: {line}"))?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(rest) => labels(rest).map_err(|wrong| format!("{wrong}: {line}"))?,
                None => (BTreeMap::new(), rest),
            };
            let value = value.strip_prefix(' ').ok_or_else(|| format!("no value: {line}"))?;
            let number: f64 = value.parse().map_err(|_| format!("no number: {line}"))?;
            let counts = kind == "gauge" || number >= 0.0;
            if !number.is_finite() || !counts || (sample.ends_with("_info") && number != 1.0) {
                return Err(format!("not a value of a {kind}: {line}"));
            }
            if samples.insert((sample.clone(), labels), number).is_some() {
                return Err(format!("twice: {line}"));
            }
        }
    }
    Ok(Exposition(samples))
}

fn check_name(name: &str, colons: bool) -> Result<(), String> {
    let may = |c: char| c.is_ascii_alphanumeric() || c == '_' || (colons && c == ':');
    let is_one = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(may);
    if is_one { Ok(()) } else { Err(format!("not a name: {name}")) }
}

/// Labels after their `{`, and what comes after the `}`.
fn labels(text: &str) -> Result<(BTreeMap<String, String>, &str), String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once("=\"").ok_or("no label")?;
        check_name(name, false)?;
        let mut escaped = false;
        let end = after.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let (value, after) = after.split_at(end.ok_or("a value does not end")?);
        if found.insert(name.to_owned(), unescaped(value, true)?).is_some() {
            return Err(format!("{name} twice"));
        }
        rest = match after.strip_prefix("\",") {
            Some(rest) => rest,
            None => return after.strip_prefix("\"}").map(|rest| (found, rest)).ok_or("the labels do not end".into()),
        };
    }
}

fn unescaped(text: &str, quotes: bool) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('\\') => out.push('\\'),
                Some('n') => out.push('\n'),
                Some('"') if quotes => out.push('"'),
                other => return Err(format!("\\{other:?} is no escape")),
            },
            '"' if quotes => return Err("a quote that is not escaped".to_owned()),
            c => out.push(c),
        }
    }
    Ok(out)
}

#[test]
fn the_reader_is_strict() {
    let good = "# HELP a_total x.\n# TYPE a_total counter\na_total{b=\"c\\\\d\\\"e\\nf\",g=\"}\"} 1\na_total 2\n";
    let read_back = read(good, Written::Prometheus).unwrap();
    assert_eq!(read_back.value("a_total", &[("b", "c\\d\"e\nf"), ("g", "}")]), 1.0);
    assert_eq!(read_back.value("a_total", &[]), 2.0);
    assert!(read("# HELP a x.\n# TYPE a counter\na_total 1\n# EOF\n", Written::OpenMetrics).is_ok());
    for bad in [
        "",
        "a 1\n",
        "# HELP a x.\n# TYPE a gauge\na 1",
        "# HELP a x.\na 1\n",
        "# TYPE a gauge\n# HELP a x.\na 1\n",
        "# HELP a x.\n# TYPE a counter\na 1\n",
        "# HELP a_total x.\n# TYPE a_total counter\na_total -1\n",
        "# HELP a_total x.\n# TYPE a_total gauge\na_total 1\n",
        "# HELP a x.\n# TYPE a gauge\na 1\na 2\n",
        "# HELP a x.\n# TYPE a gauge\na 1\n# HELP a x.\n# TYPE a gauge\n",
        "# HELP a x.\n# TYPE a gauge\nb 1\n",
        "# HELP a x.\n# TYPE a gauge\na{} 1\n",
        "# HELP a x.\n# TYPE a gauge\na{b=\"c\",} 1\n",
        "# HELP a x.\n# TYPE a gauge\na{b=\"c\",b=\"d\"} 1\n",
        "# HELP a x.\n# TYPE a gauge\na{b=\"c\\d\"} 1\n",
        "# HELP a x.\n# TYPE a gauge\na{b=\"c\"d\"} 1\n",
        "# HELP a x.\n# TYPE a gauge\na{1b=\"c\"} 1\n",
        "# HELP a x.\n# TYPE a gauge\na NaN\n",
        "# HELP a x.\n# TYPE a gauge\na  1\n",
        "# HELP 1a x.\n# TYPE 1a gauge\n1a 1\n",
    ] {
        assert!(read(bad, Written::Prometheus).is_err(), "{bad}");
    }
    assert!(read("# HELP a x.\n# TYPE a gauge\na 1\n", Written::OpenMetrics).is_err());
}
