//! `attach` of a brief, end to end: with a link the mail has no PDF, and its button leads to the PDF on the pages.

use std::fs;

use mail_parser::{MessageParser, MimeHeaders as _};

use super::{
    House,
    public::{Pages, public_house},
    public_archive::wait_until,
    public_leaving::subscribe,
};

/// The mail of the only reader after an edition is sent, and the edition's pages.
fn sent(attach: &str) -> (House, Pages, Vec<u8>) {
    let house = public_house();
    let pages = Pages::start(&house);
    house.change("# attach = \"pdf\" ", &format!("attach = \"{attach}\" #"));
    subscribe(&house, "bernd@example.net", "de");
    house.done(&["send", "green-economy"]);
    wait_until(&pages, "/green-economy/1/de", 200);
    let names = house.outbox();
    assert_eq!(names.len(), 1, "{names:?}");
    let mail = fs::read(house.path("reports/outbox").join(&names[0])).unwrap();
    (house, pages, mail)
}

/// The names of the PDFs that a mail brings, its HTML and its text.
fn parts(mail: &[u8]) -> (Vec<String>, String, String) {
    let parsed = MessageParser::default().parse(mail).unwrap();
    let names = parsed.attachments().filter_map(|part| part.attachment_name().map(str::to_owned));
    let pdfs = names.filter(|name| name.ends_with(".pdf")).collect();
    (pdfs, parsed.body_html(0).unwrap().into_owned(), parsed.body_text(0).unwrap().into_owned())
}

#[test]
fn a_reader_gets_the_pdf_by_a_link_attached_or_both() {
    let mut sizes = Vec::new();
    for (attach, is_attached, is_linked) in [("pdf", true, false), ("link", false, true), ("both", true, true)] {
        let (house, pages, mail) = sent(attach);
        let (pdfs, html, text) = parts(&mail);
        assert_eq!(pdfs.len(), usize::from(is_attached), "{attach}: {pdfs:?}");
        // The page of the edition, and its PDF.
        let page = "/green-economy/1/de";
        assert!(html.contains(&format!("{page}\"")) && text.contains(page), "{attach}: {text}");
        assert_eq!(html.contains(&format!("{page}.pdf\"")), is_linked, "{attach}: {html}");
        assert_eq!(text.contains(&format!("{page}.pdf")), is_linked, "{attach}: {text}");
        let found = pages.get(&format!("{page}.pdf"));
        let written = fs::read(house.path("reports/green-economy/1/green-economy-1-de.pdf")).unwrap();
        assert!(found.status == 200 && found.body == written, "{attach}");
        // What the mail says of the PDF is true.
        assert_eq!(text.contains("beigefügte"), is_attached, "{attach}: {text}");
        sizes.push(mail.len());
    }
    assert!(sizes[1] < sizes[0] / 2, "without the PDF a mail is less than half as large: {sizes:?}");
}
