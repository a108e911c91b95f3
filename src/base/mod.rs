//! Small things under all others.
//!
//! | room | what lives there |
//! |---|---|
//! | [`ids`] | the ids of editions, schedules, mails and occurrences, which print themselves and are read back |
//! | [`plural`] | counts with their noun in English |
//! | [`problem`] | what is wrong in a file that a person wrote: file, line, column, how to mend it |
//! | [`language`] | the languages of a brief |
//! | [`csv_table`] | CSV files row by row, or as tables whose cells know their place |
//! | [`bounded_file`] | files that a person named, read up to a limit of size |
//! | [`archive`] | files that appear whole or not at all |
//! | [`open_files`] | how many files and connections this process may have open |
//! | [`os_user`] | the names of the system's users, and whose a file is |
//! | [`gzip`] | bytes packed as gzip |
//! | [`file_name`] | file names that Windows, macOS and Linux take |
//! | [`report_files`] | where the PDFs of editions stand, and which numbers they tell of |
//! | [`pdf_signature`] | the signature of a PDF over its whole file: made, and verified |
//! | [`shutdown`] | the request to shut down, and those who wait for it |
//! | [`toml_limits`] | how much of TOML a file may hold |
//! | [`backslash`] | backslashes in TOML that begin no escape |
//! | [`characters`] | characters that no text may hold |
//! | [`public_address`] | whether an address is one of the public internet |
//! | [`reason`] | why a person does something, as it is kept |
//! | [`mentions`] | whether a text names a mail address, or a longer one |
//! | [`file_watcher`] | reports changes to files |
//! | [`tls`] | encrypted connections to servers, by rustls with ring |
//! | [`tls_server`] | encrypted connections from clients, with a certificate and its key |
//! | [`web_request`] | one request to a web server that somebody else named |
//! | [`word_enum`] | enums whose values are known by one word each |

pub mod archive;
pub mod backslash;
pub mod bounded_file;
pub mod characters;
pub mod csv_table;
pub mod file_name;
pub mod file_watcher;
pub mod gzip;
pub mod ids;
pub mod language;
pub mod mentions;
pub mod open_files;
pub mod os_user;
pub mod pdf_signature;
pub mod plural;
pub mod problem;
pub mod public_address;
pub mod reason;
pub mod report_files;
pub mod shutdown;
pub mod tls;
pub mod tls_server;
pub mod toml_limits;
pub mod web_request;
pub mod word_enum;
