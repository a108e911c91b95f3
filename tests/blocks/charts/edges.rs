//! Charts at the edge of what can be read, to be looked at: their geometry is tested beside the drawing.

use greenbrief::{
    base::language::Language,
    document::brief::{Brief, ChartForm},
};

use super::{BIO, Drawn, SOLAR, TWH, Three, WATER, WIND, charts, sample, values, years};

const LONG: [Three; 4] = [
    [
        "Federal Association of the Energy and Water Industries, Bonn",
        "Bundesverband der Energie- und Wasserwirtschaftsunternehmen",
        "德国联邦能源和水资源经济协会北莱茵威斯特法伦州分会新能源汽车充电基础设施委员会",
    ],
    [
        "Chinese manufacturers of battery-electric and hybrid vehicles",
        "Chinesische Hersteller batterieelektrischer Personenkraftwagen",
        "中国汽车工业协会纯电动汽车和插电式混合动力汽车分会整车制造企业",
    ],
    [
        "Registrations of charging points along the federal motorways",
        "Ladeeinrichtungen entlang der Bundesautobahnen und -straßen",
        "德国联邦高速公路沿线公共充电桩登记数量（含快速充电桩与普通充电桩）",
    ],
    [
        "Installed capacity of photovoltaic systems on private houses",
        "Installierte Leistung von Photovoltaikanlagen auf Wohngebäuden",
        "私人住宅屋顶光伏发电系统装机容量（不含工商业分布式光伏发电系统）",
    ],
];

fn drawn(form: ChartForm, title: &'static str, labels: Vec<Three>, series: Vec<(Three, Vec<Option<i64>>)>) -> Drawn {
    Drawn { form, title: [title; 3], unit: TWH, labels, series, provisional: 0 }
}

fn long(rows: [[i64; 4]; 4]) -> Vec<(Three, Vec<Option<i64>>)> {
    LONG.into_iter().zip(rows).map(|(name, row)| (name, values(&row))).collect()
}

pub(super) fn page(language: Language) -> Brief {
    let rows = [[310, 340, 360, 380], [120, 210, 330, 470], [300, 280, 330, 400], [260, 265, 300, 390]];
    let first_two = || long(rows).into_iter().map(|(name, row)| (name, vec![row[0], row[3]])).collect();
    let wide = || vec![(WIND, values(&[10, 10_000, 10_000_000, 10_000_000_000]))];
    let forty: Vec<i64> = (1..=40).map(|n| 13_130 + n * n * 70).collect();
    let below = || vec![(WIND, values(&[-50, 120, -7000])), (SOLAR, values(&[500, -1200, 30]))];
    let cross = || {
        vec![
            (WIND, values(&[500, 900, 200, 400])),
            (SOLAR, values(&[460, 100, 800, 400])),
            (WATER, values(&[540, 500, 10, 400])),
            (BIO, vec![None, Some(480), Some(500), None]),
        ]
    };
    let all = vec![
        drawn(ChartForm::Bars, "1 to 10⁹", years(2021, 2024), wide()),
        drawn(ChartForm::Columns, "1 to 10⁹", years(2021, 2024), wide()),
        drawn(ChartForm::Bars, "Forty", years(1986, 2025), vec![(WIND, values(&forty))]),
        drawn(ChartForm::Columns, "Forty", years(1986, 2025), vec![(WIND, values(&forty))]),
        drawn(ChartForm::Bars, "Long names", LONG.to_vec(), vec![(WIND, values(&[310, 120, -30, 260]))]),
        drawn(ChartForm::StackedBars, "Long names", years(2022, 2025), long(rows)),
        drawn(ChartForm::StackedColumns, "Long names", years(2022, 2025), long(rows)),
        drawn(ChartForm::Columns, "Long names below", LONG.to_vec(), long(rows)),
        drawn(ChartForm::Lines, "Long names", years(2022, 2025), long(rows)),
        drawn(ChartForm::Slope, "Long names", years(2022, 2023), first_two()),
        drawn(ChartForm::Dots, "Long names, four series", years(2022, 2025), long(rows)),
        drawn(ChartForm::Bars, "Below zero", years(2023, 2025), below()),
        drawn(ChartForm::Dots, "Below zero", years(2023, 2025), below()),
        drawn(ChartForm::Columns, "Below zero", years(2023, 2025), below()),
        drawn(ChartForm::Lines, "Below zero", years(2023, 2025), below()),
        drawn(ChartForm::Lines, "Four that cross", years(2022, 2025), cross()),
        drawn(
            ChartForm::Lines,
            "All equal",
            years(2022, 2025),
            vec![(WIND, values(&[70; 4])), (SOLAR, values(&[70; 4]))],
        ),
        drawn(ChartForm::Lines, "One point", years(2024, 2024), vec![(WIND, values(&[70]))]),
        drawn(ChartForm::Columns, "All zeros", years(2022, 2025), vec![(WIND, values(&[0; 4]))]),
        drawn(
            ChartForm::Slope,
            "All equal",
            years(2022, 2023),
            vec![(WIND, values(&[70; 2])), (SOLAR, values(&[70; 2]))],
        ),
    ];
    Brief { blocks: charts(all, language).collect(), ..sample(language) }
}
