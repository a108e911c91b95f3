//! The pictures of a mail's HTML: while it is kept, they stand in it, so that it is whole in itself; as it goes out, each is a part
//! beside it.

use base64::{Engine as _, prelude::BASE64_STANDARD};

/// With what the address of a picture begins that stands in the HTML (RFC 2397).
const BEFORE: &str = "src=\"data:image/png;base64,";

/// A PNG that the HTML names by its id.
pub(super) struct Picture {
    pub id: String,
    pub bytes: Vec<u8>,
}

/// The HTML with the ids of its pictures in their place, and the pictures. What is no picture stays as it is.
pub(super) fn taken_out(html: &str, id: impl Fn(usize) -> String) -> (String, Vec<Picture>) {
    let (mut out, mut pictures) = (String::with_capacity(html.len()), Vec::<Picture>::new());
    let mut rest = html;
    while let Some((before, after)) = rest.split_once(BEFORE) {
        out.push_str(before);
        let found = after.split_once('"').and_then(|(data, after)| Some((BASE64_STANDARD.decode(data).ok()?, after)));
        rest = match found {
            Some((bytes, after)) => {
                let id = id(pictures.len() + 1);
                out.push_str(&format!("src=\"cid:{id}\""));
                pictures.push(Picture { id, bytes });
                after
            }
            None => {
                out.push_str(BEFORE);
                after
            }
        };
    }
    out.push_str(rest);
    (out, pictures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_named_by_its_id_and_all_else_stays() {
        let html = "<img src=\"data:image/png;base64,AQID\" alt=\"a\"><img src=\"data:image/png;base64,?\"><p>b</p>";
        let (text, pictures) = taken_out(html, |number| format!("{number}@example.org"));
        assert_eq!(text, "<img src=\"cid:1@example.org\" alt=\"a\"><img src=\"data:image/png;base64,?\"><p>b</p>");
        assert_eq!(pictures.len(), 1);
        assert_eq!((pictures[0].id.as_str(), &pictures[0].bytes[..]), ("1@example.org", &[1, 2, 3][..]));
        assert_eq!(taken_out("<p>a</p>", |_| String::new()).0, "<p>a</p>");
    }
}
