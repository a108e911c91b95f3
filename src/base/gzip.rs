//! Bytes packed as gzip (RFC 1952), as a store keeps them and a browser takes them. The same bytes give the same package: it
//! holds no time and no name.

use std::io::{self, Read, Write};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};

/// Packs bytes.
pub fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    // Memory takes all that is written to it.
    let _ = packed.write_all(bytes);
    packed.finish().unwrap_or_default()
}

/// Unpacks what [`pack`] made.
///
/// # Errors
/// It is no such package, it is damaged, or there are more than `most` bytes in it.
pub fn unpack(packed: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut reader = GzDecoder::new(packed).take(most.saturating_add(1));
    reader.read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::other(format!("more than {most} bytes are packed in it")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
            let packed = pack(&bytes);
            prop_assert_eq!(&pack(&bytes), &packed);
            prop_assert_eq!(unpack(&packed, 2000).unwrap(), bytes);
        }

        #[test]
        fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = unpack(&bytes, 1000);
        }
    }

    #[test]
    fn a_package_is_no_larger_than_one_allows() {
        let packed = pack(&[0; 100_000]);
        assert!(packed.len() < 1000 && unpack(&packed, 99_999).is_err() && unpack(&packed, 100_000).is_ok());
    }
}
