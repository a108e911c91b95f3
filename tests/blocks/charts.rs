//! A page with every form of chart in each language, and the mistakes that blocks.toml can make about a chart or a
//! sparkline.

use greenbrief::{
    base::language::Language,
    document::{
        brief::{
            Block, Brief, Chart, ChartForm, ChartSeries, Direction, Inline, Point, Sparkline, Theme, Tile, TileChange,
        },
        layout, pdf,
    },
};
use rust_decimal::Decimal;

use super::sample::{sample, words};

mod edges;
mod filled;

/// Three texts.
type Three = [&'static str; 3];

fn pick(texts: Three, language: Language) -> String {
    let index = Language::ALL.iter().position(|l| *l == language).unwrap();
    texts[index].to_owned()
}

/// A number as the language writes it, with one decimal or none.
fn number(value: Decimal, language: Language) -> String {
    let text = value.normalize().to_string().replace('-', "\u{2212}");
    if language == Language::De { text.replace('.', ",") } else { text }
}

struct Drawn {
    form: ChartForm,
    title: Three,
    unit: Three,
    labels: Vec<Three>,
    series: Vec<(Three, Vec<Option<i64>>)>,
    /// Number of values at the end that are provisional.
    provisional: usize,
}

/// Values are in tenths.
fn chart(drawn: &Drawn, language: Language, nth: usize) -> Block {
    let point = |v: i64, provisional| Point {
        value: Decimal::new(v, 1),
        label: number(Decimal::new(v, 1), language),
        told: number(Decimal::new(v, 1), language),
        detail: String::new(),
        provisional,
    };
    let count = drawn.labels.len();
    let series: Vec<ChartSeries> = drawn
        .series
        .iter()
        .map(|(name, values)| {
            let points = values.iter().enumerate().map(|(at, v)| Some(point((*v)?, at + drawn.provisional >= count)));
            ChartSeries { name: pick(*name, language), points: points.collect() }
        })
        .collect();
    let stacked = drawn.form.facts().stacked;
    let sum = |at: usize| {
        let parts: Option<Vec<i64>> = drawn.series.iter().map(|(_, values)| values[at]).collect();
        parts.map_or(String::new(), |parts| number(Decimal::new(parts.iter().sum(), 1), language))
    };
    Block::Chart(Chart {
        form: drawn.form,
        title: pick(drawn.title, language),
        subtitle: pick(drawn.unit, language),
        number: format!("{} {nth}", pick(["Figure", "Abbildung", "图"], language)),
        anchor: format!("chart{nth}"),
        written: None,
        alt: pick(drawn.title, language),
        labels: drawn.labels.iter().map(|label| pick(*label, language)).collect(),
        totals: if stacked { (0..count).map(sum).collect() } else { vec![] },
        series,
        axis_exponent: 0,
        axis_unit: pick(drawn.unit, language),
        notes: vec![vec![words(&pick(["Source:", "Quelle:", "来源："], language)), Inline::Cite(vec![1])]],
        options: Box::default(),
    })
}

fn years(from: i32, to: i32) -> Vec<Three> {
    (from..=to).map(|year| [&*year.to_string().leak(); 3]).collect()
}

fn values(values: &[i64]) -> Vec<Option<i64>> {
    values.iter().copied().map(Some).collect()
}

const TWH: Three = ["terawatt-hours", "Terawattstunden", "太瓦时"];
const GW: Three = ["gigawatts", "Gigawatt", "吉瓦"];
const SHARE: Three = ["%", "%", "%"];
const WIND: Three = ["Wind power", "Windkraft", "风电"];
const SOLAR: Three = ["Solar power", "Photovoltaik", "光伏"];
const WATER: Three = ["Hydropower", "Wasserkraft", "水电"];
const BIO: Three = ["Biomass", "Biomasse", "生物质"];
const MARKETS: [Three; 4] = [
    ["Europe", "Europa", "欧洲"],
    ["China", "China", "中国"],
    ["United States", "Vereinigte Staaten", "美国"],
    [
        "Rest of the world, all markets together",
        "Übrige Welt, alle Märkte zusammengenommen",
        "世界其他地区（所有市场合计）",
    ],
];

fn every_form() -> Vec<Drawn> {
    let many = |shift: i64| (0..60).map(|n| Some(900 + shift + n * 12 + (n * 37 + shift) % 90)).collect();
    let months: Vec<Three> = (0..60)
        .map(|n| {
            let (year, month) = (2021 + n / 12, n % 12);
            let en = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][month];
            let de = ["Jan", "Feb", "Mär", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez"][month];
            let text = |text: String| -> &'static str { text.leak() };
            [text(format!("{en} {year}")), text(format!("{de} {year}")), text(format!("{year}年{}月", month + 1))]
        })
        .collect();
    let form =
        |form, title, unit, labels, series, provisional| Drawn { form, title, unit, labels, series, provisional };
    vec![
        form(
            ChartForm::Bars,
            [
                "Europe buys more than twice as much as China",
                "Europa kauft mehr als doppelt so viel wie China",
                "欧洲的采购量是中国的两倍多",
            ],
            TWH,
            MARKETS.to_vec(),
            vec![(WIND, values(&[4414, 2074, 494, 120]))],
            1,
        ),
        form(
            ChartForm::Bars,
            ["Every market grew, China most", "Alle Märkte wuchsen, China am stärksten", "各市场均增长，中国增幅最大"],
            TWH,
            MARKETS.to_vec(),
            vec![
                (["2023", "2023", "2023年"], values(&[3000, 1100, 394, -90])),
                (["2024", "2024", "2024年"], values(&[4414, 2074, 494, 120])),
            ],
            0,
        ),
        form(
            ChartForm::Dots,
            [
                "Willingness to invest has waned everywhere",
                "Die Bereitschaft zu investieren ist überall gesunken",
                "各地投资意愿均有所减弱",
            ],
            SHARE,
            MARKETS.to_vec(),
            vec![
                (["2022/23", "2022/23", "2022/23年度"], values(&[710, 610, 540, 480])),
                (["2024/25", "2024/25", "2024/25年度"], values(&[530, 510, 500, 480])),
            ],
            0,
        ),
        form(
            ChartForm::Columns,
            [
                "Exports fell below the level of 2019",
                "Die Ausfuhren fielen unter den Stand von 2019",
                "出口低于2019年水平",
            ],
            GW,
            years(2017, 2025),
            vec![(
                WIND,
                vec![Some(931), Some(960), Some(959), None, Some(1068), Some(973), Some(-180), Some(813), Some(760)],
            )],
            1,
        ),
        form(
            ChartForm::Columns,
            ["Solar overtook wind in 2024", "Photovoltaik überholte 2024 die Windkraft", "2024年光伏超过风电"],
            GW,
            years(2021, 2025),
            vec![
                (WIND, values(&[310, 340, 360, 380, 420])),
                (SOLAR, values(&[120, 210, 330, 470, 560])),
                (WATER, values(&[60, 58, 61, 63, 60])),
            ],
            1,
        ),
        form(
            ChartForm::StackedColumns,
            ["Solar power makes the difference", "Die Photovoltaik macht den Unterschied", "增量主要来自光伏"],
            TWH,
            years(2019, 2025),
            vec![
                (WIND, values(&[1250, 1310, 1140, 1250, 1420, 1390, 1330])),
                (SOLAR, values(&[460, 500, 500, 600, 630, 720, 830])),
                (WATER, values(&[200, 180, 190, 170, 190, 220, 190])),
                (BIO, values(&[440, 450, 440, 450, 430, 430, 420])),
            ],
            1,
        ),
        form(
            ChartForm::Area,
            ["Wind and sun take over", "Wind und Sonne übernehmen", "风光占比上升"],
            SHARE,
            years(2019, 2025),
            vec![
                (WIND, values(&[215, 236, 203, 218, 272, 275, 260])),
                (SOLAR, values(&[79, 86, 88, 106, 121, 140, 160])),
                (WATER, values(&[34, 32, 34, 30, 38, 43, 37])),
                (BIO, values(&[74, 79, 78, 78, 83, 84, 83])),
            ],
            0,
        ),
        form(
            ChartForm::StackedBars,
            [
                "China builds wind and solar in equal measure",
                "China baut Wind und Sonne zu gleichen Teilen aus",
                "中国风光并举",
            ],
            TWH,
            MARKETS.to_vec(),
            vec![
                (WIND, values(&[4750, 9920, 4530, 2100])),
                (SOLAR, values(&[3040, 8340, 3030, 3400])),
                (WATER, values(&[3300, 13540, 2400, 21])),
            ],
            0,
        ),
        form(
            ChartForm::Lines,
            ["Imports rise while exports fall", "Die Einfuhren steigen, die Ausfuhren fallen", "进口上升，出口下降"],
            ["EUR billion", "Mrd. Euro", "亿欧元"],
            years(2018, 2025),
            vec![
                (
                    ["Imports from China", "Einfuhren aus China", "自华进口"],
                    values(&[1062, 1097, 1163, 1417, 1920, 1557, 1563, 1706]),
                ),
                (
                    ["Exports to China", "Ausfuhren nach China", "对华出口"],
                    vec![Some(931), Some(960), Some(959), None, Some(1068), Some(973), Some(900), Some(813)],
                ),
            ],
            1,
        ),
        form(
            ChartForm::Lines,
            ["Four that cross", "Vier, die sich kreuzen", "四线交叉"],
            SHARE,
            years(2020, 2025),
            vec![
                (WIND, values(&[300, 320, 310, 350, 330, 340])),
                (SOLAR, values(&[100, 180, 240, 300, 350, 340])),
                (WATER, values(&[400, 380, 330, 280, 200, 120])),
                (BIO, vec![Some(290), Some(280), Some(270), Some(200), None, None]),
            ],
            0,
        ),
        form(
            ChartForm::Lines,
            ["Five years, month by month", "Fünf Jahre, Monat für Monat", "五年逐月变化"],
            GW,
            months,
            vec![(WIND, many(0)), (SOLAR, many(-260)), (WATER, many(-640))],
            0,
        ),
        form(
            ChartForm::Slope,
            ["China and Europe have changed places", "China und Europa haben die Plätze getauscht", "中国与欧洲易位"],
            TWH,
            years(2021, 2022),
            MARKETS
                .into_iter()
                .zip([[4414, 2074], [2100, 4380], [1900, 2000], [1850, 350]])
                .map(|(name, v)| (name, values(&v)))
                .collect(),
            0,
        ),
    ]
}

fn run(language: Language) -> Sparkline {
    let known = [4529, 5721, 7711, 7448, 8123].map(|v| Some(Decimal::from(v)));
    Sparkline {
        values: known[..2].iter().copied().chain([None]).chain(known[2..].iter().copied()).collect(),
        first: "2020".to_owned(),
        last: "2025".to_owned(),
        alt: pick(["2020 4529, 2021 5721", "2020 4529, 2021 5721", "2020 4529，2021 5721"], language),
    }
}

fn tile(language: Language, spark: bool) -> Tile {
    Tile {
        label: pick(["Battery-electric cars, world", "Batterieelektrische Autos, Welt", "全球纯电动汽车"], language),
        value: pick(["812,300", "812.300", "81.23万"], language),
        unit: String::new(),
        change: Some(TileChange {
            direction: Direction::Up,
            text: pick(["+9.1% on 2024", "+9,1 % gegenüber 2024", "较2024年+9.1%"], language),
        }),
        spark: spark.then(|| run(language)),
    }
}

fn page(language: Language) -> Brief {
    let tiles = Block::Tiles([true, true, false].map(|spark| tile(language, spark)).to_vec());
    Brief { blocks: std::iter::once(tiles).chain(charts(every_form(), language)).collect(), ..sample(language) }
}

fn charts(drawn: Vec<Drawn>, language: Language) -> impl Iterator<Item = Block> {
    drawn.into_iter().enumerate().map(move |(n, drawn)| chart(&drawn, language, n + 1))
}

fn render(brief: &Brief) -> Vec<u8> {
    let document = layout::lay_out(brief, &Theme::default()).unwrap_or_else(|problems| panic!("{problems}"));
    pdf::write(&document).unwrap()
}

/// Writes a page with every form in each language into the folder `GREENBRIEF_PAGES`, to be looked at.
#[test]
fn writes_every_form_to_look_at() {
    let Some(folder) = std::env::var_os("GREENBRIEF_PAGES") else { return };
    for language in Language::ALL {
        let folder = std::path::Path::new(&folder);
        std::fs::write(folder.join(format!("charts-{language}.pdf")), render(&page(language))).unwrap();
        std::fs::write(folder.join(format!("chart-edges-{language}.pdf")), render(&edges::page(language))).unwrap();
    }
}

#[test]
fn every_form_is_valid_and_tagged() {
    let drawn = every_form();
    for form in ChartForm::ALL {
        assert!(drawn.iter().any(|drawn| drawn.form == *form), "`{}` is not among every form", form.word());
    }
    for language in Language::ALL {
        crate::conforms(&super::lay_out(&page(language)), language.tag());
    }
}
