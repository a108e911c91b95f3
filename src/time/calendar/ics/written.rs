//! A calendar of events at times, written as iCalendar (RFC 5545) for people's own programs. What the events are is decided
//! elsewhere. The same events give the same text.

use chrono::{DateTime, Utc};
use icalendar::{Calendar, Component as _, Event, EventLike as _, EventStatus, Property};

/// An event at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedEvent {
    /// Names it for good, in all calendars of the world.
    pub uid: String,
    /// When it is.
    pub at: DateTime<Utc>,
    /// When what is said of it was changed last.
    pub changed: DateTime<Utc>,
    /// Rises with each change.
    pub sequence: u32,
    /// Does it take place?
    pub standing: Standing,
    /// Its name.
    pub summary: String,
    /// What there is to say of it; may be empty.
    pub description: String,
    /// Its page.
    pub url: String,
}

/// Does an event take place?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Confirmed,
    /// That is open.
    Tentative,
    /// It does not.
    Cancelled,
}

/// Writes a calendar with this name. Its events take no time from anybody's day.
pub fn write(name: &str, language: &str, events: &[TimedEvent]) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [
        ("VERSION", "2.0"),
        ("PRODID", "-//greenbrief//greenbrief//EN"),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("REFRESH-INTERVAL;VALUE=DURATION", "PT12H"),
        ("X-PUBLISHED-TTL", "PT12H"),
    ] {
        calendar.append_property(Property::new(key, value));
    }
    calendar.name(name);
    for TimedEvent { uid, at, changed, sequence, standing, summary, description, url } in events {
        let mut event = Event::new();
        event.uid(uid).timestamp(*changed).starts(*at).sequence(*sequence).url(url);
        event.status(match standing {
            Standing::Confirmed => EventStatus::Confirmed,
            Standing::Tentative => EventStatus::Tentative,
            Standing::Cancelled => EventStatus::Cancelled,
        });
        let text = |key: &str, value: &str| {
            let mut property = Property::new(key, value);
            property.add_parameter("LANGUAGE", language);
            property.done()
        };
        event.append_property(text("SUMMARY", summary));
        if !description.is_empty() {
            event.append_property(text("DESCRIPTION", description));
        }
        event.add_property("TRANSP", "TRANSPARENT");
        calendar.push(event.done());
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_with_all_that_it_is_and_the_same_each_time() {
        let at: DateTime<Utc> = "2026-12-07T06:00:00Z".parse().unwrap();
        let event = TimedEvent {
            uid: "a/b@example.org".into(),
            at,
            changed: "2026-11-30T05:00:00Z".parse().unwrap(),
            sequence: 3,
            standing: Standing::Cancelled,
            summary: "Grüne Wirtschaft, Ausgabe; neu".into(),
            description: "第一行：一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十\nzwei".into(),
            url: "https://briefs.example.org/green-economy?lang=de".into(),
        };
        let text = write("Grüne Wirtschaft", "de", std::slice::from_ref(&event));
        assert_eq!(text, write("Grüne Wirtschaft", "de", &[event]));
        for line in [
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
            "\r\nREFRESH-INTERVAL;VALUE=DURATION:PT12H\r\n",
            "\r\nUID:a/b@example.org\r\n",
            "\r\nDTSTAMP:20261130T050000Z\r\n",
            "\r\nDTSTART:20261207T060000Z\r\n",
            "\r\nSEQUENCE:3\r\n",
            "\r\nSTATUS:CANCELLED\r\n",
            "\r\nSUMMARY;LANGUAGE=de:Grüne Wirtschaft\\, Ausgabe\\; neu\r\n",
            "\r\nURL:https://briefs.example.org/green-economy?lang=de\r\n",
            "\\nzwei\r\n",
            "\r\nTRANSP:TRANSPARENT\r\n",
            "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(text.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{text}");
    }
}
