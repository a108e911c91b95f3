//! Compression of streams, which remembers what it compressed lately.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use flate2::{Compress, Compression, FlushCompress, Status};

use super::Error;

/// Level of compression. Against level 5, three briefs take a tenth less time and are a twentieth larger.
const LEVEL: u32 = 3;
/// Minimum size in bytes of a stream that is remembered with its compressed form.
const MIN_REMEMBERED: usize = 1024;
/// Maximum number of bytes that are remembered.
const MAX_REMEMBERED: usize = 8 * 1024 * 1024;

/// A stream and its compressed form.
struct Compressed {
    plain: Vec<u8>,
    deflated: Vec<u8>,
}

impl Compressed {
    fn len(&self) -> usize {
        self.plain.len() + self.deflated.len()
    }
}

/// Recently compressed streams, the last one first: variants of a brief share fonts, attachments and most pages.
static RECENT: Mutex<VecDeque<Compressed>> = Mutex::new(VecDeque::new());

/// Compresses one stream after the other (FlateDecode), since its tables are slow to make anew for each.
pub(super) struct Deflater(Compress);

impl Deflater {
    pub fn new() -> Deflater {
        Deflater(Compress::new(Compression::new(LEVEL), true))
    }

    pub fn deflate(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        if bytes.len() < MIN_REMEMBERED {
            return self.deflate_anew(bytes);
        }
        let recent = || RECENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = recent().iter().find(|known| known.plain == bytes) {
            return Ok(known.deflated.clone());
        }
        let deflated = self.deflate_anew(bytes)?;
        let mut recent = recent();
        recent.push_front(Compressed { plain: bytes.to_vec(), deflated: deflated.clone() });
        while recent.iter().map(Compressed::len).sum::<usize>() > MAX_REMEMBERED {
            recent.pop_back();
        }
        Ok(deflated)
    }

    fn deflate_anew(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.reset();
        let mut out = Vec::with_capacity(bytes.len() / 2 + 64);
        loop {
            let rest = bytes.get(self.0.total_in() as usize..).unwrap_or_default();
            match self.0.compress_vec(rest, &mut out, FlushCompress::Finish) {
                Ok(Status::StreamEnd) => return Ok(out),
                Ok(_) => out.reserve(bytes.len() / 2 + 64),
                Err(error) => return Err(Error::Library(error.to_string())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_remembered_is_the_same_and_has_an_end() {
        // A large one alone is too much: an operator's picture does not stay in memory.
        for size in [MIN_REMEMBERED, 3 * MAX_REMEMBERED / 4, 3 * MAX_REMEMBERED / 4 + 1, 2 * MAX_REMEMBERED] {
            let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let (once, again) = (Deflater::new().deflate(&bytes).unwrap(), Deflater::new().deflate(&bytes).unwrap());
            assert_eq!(once, again);
            let mut read = Vec::new();
            flate2::read::ZlibDecoder::new(&*once).read_to_end(&mut read).unwrap();
            assert!(read == bytes, "{size}");
            let held: usize = RECENT.lock().unwrap().iter().map(Compressed::len).sum();
            assert!(held <= MAX_REMEMBERED, "{held} after {size}");
        }
    }
}
